import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { environmentVariables } from '#contract/environment.ts';
import { startControlServer } from './control/control-server.ts';
import { type Endpoints, type TopicEndpoint, writeEndpoints } from './endpoints.ts';
import { FunctionLog } from './functions/function-log.ts';
import { LocalFunction } from './functions/local-function.ts';
import { type FedSource, sourceOf } from './host/baked-settings.ts';
import { clientsOf, destroyClients } from './host/clients.ts';
import { createBucket, createStream, createTable } from './host/create-resources.ts';
import { functionEnvironment } from './host/function-environment.ts';
import { topicReader } from './host/readers.ts';
import { closeServers, onPort, startServers } from './host/servers.ts';
import { streamChanges } from './host/stream-changes.ts';
import { defaultPorts, type LocalAws, type LocalAwsOptions } from './local-aws.ts';
import { IntegrationError } from './machines/integration-error.ts';
import type { IntegrationHost } from './machines/integrations.ts';
import { LocalMachine } from './machines/local-machine.ts';
import type { HostedMapping, MappingHost } from './mappings/hosted-mapping.ts';
import { KafkaMapping } from './mappings/kafka-mapping.ts';
import { KinesisMapping } from './mappings/kinesis-mapping.ts';
import { Metrics } from './metrics/metrics.ts';
import { prometheusText } from './metrics/prometheus-text.ts';
import { Pipe } from './pipes/pipe.ts';
import { Schedule } from './schedules/schedule.ts';
import { nameInArn } from './templates/arn.ts';
import { readAssembly } from './templates/cloud-assembly.ts';
import { type HostPlan, planHosting } from './templates/host-plan.ts';
import { synthesise } from './templates/synthesise.ts';

/** Invocations of one function that run at a time; a machine has few cores. */
const maxProcesses = 4;
const asyncRetryDelaysMs = [60_000, 120_000];
const closeGraceMs = 10_000;

/** Synthesises an environment and hosts what its templates describe, until closed. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { dataFolder, environment, log = () => {} } = options;
  const ports = { ...defaultPorts, ...options.ports };
  const assemblyFolder = options.assemblyFolder ?? join(dataFolder, 'cdk.out');
  if (options.assemblyFolder === undefined) await synthesise(environment, assemblyFolder);
  const stacks = readAssembly(assemblyFolder);
  const plan = planHosting(stacks);
  const region = stacks[0]?.region ?? 'us-east-1';
  const sources = new Map<string, FedSource>();
  for (const resource of plan.functions) {
    const source = sourceOf(resource);
    if (source !== undefined) sources.set(resource.name, source);
  }

  const servers = await startServers(ports, dataFolder);
  const { s3, dynamodb, kinesis, kafka } = servers;
  const clients = clientsOf({ s3: s3.endpoint, dynamodb: dynamodb.endpoint, kinesis: kinesis.endpoint }, region);
  const metrics = new Metrics(options.onMetric);
  const functions = new Map<string, LocalFunction>();
  const machines = new Map<string, LocalMachine>();
  const mappings: HostedMapping[] = [];
  const pipes: Pipe[] = [];
  const schedules: Schedule[] = [];

  for (const bucket of plan.buckets) await createBucket(clients.s3, bucket);
  for (const table of plan.tables) await createTable(clients.dynamodb, table);
  for (const stream of plan.streams) await createStream(clients.kinesis, stream);
  const topics = topicsOf(plan, sources);
  for (const { name, partitions } of topics) kafka.ensureTopic(name, partitions);

  const control = await onPort('control', ports.control, () =>
    startControlServer(ports.control, {
      functions,
      machines,
      metricsText: () =>
        prometheusText({
          metrics: metrics.readings(),
          functions: [...functions.values()].map((hosted) => hosted.report()),
          mappings: mappings.map((mapping) => mapping.report()),
        }),
    }),
  );
  const variables = Object.assign({}, ...plan.functions.map((resource) => resource.variables)) as Record<
    string,
    string
  >;
  const named = (key: keyof Endpoints, variable: string): Partial<Endpoints> =>
    variables[variable] === undefined ? {} : { [key]: variables[variable] };
  const endpoints: Endpoints = {
    region,
    s3: s3.endpoint,
    dynamodb: dynamodb.endpoint,
    kinesis: kinesis.endpoint,
    stepfunctions: control.endpoint,
    lambda: control.endpoint,
    metrics: control.endpoint,
    kafka: kafka.bootstrap,
    ...named('lakeBucket', environmentVariables.lakeBucket),
    ...named('ledgerTable', environmentVariables.ledgerTable),
    ...named('deltaLogTable', environmentVariables.deltaLogTable),
    ...named('commitMachineArn', environmentVariables.commitMachineArn),
    streams: plan.streams.map(({ name }) => ({ name, ...fedBy(plan, sources, 'kinesis', name) })),
    topics,
  };

  for (const resource of plan.functions) {
    const { folder, name } = resource;
    if (folder === undefined) continue;
    const spec = {
      ...resource,
      folder,
      environment: functionEnvironment(resource, endpoints),
      maxProcesses: Math.max(1, Math.min(maxProcesses, resource.reservedConcurrency ?? maxProcesses)),
      asyncRetryDelaysMs: asyncRetryDelaysMs.slice(0, plan.asyncRetries.get(name)),
    };
    functions.set(name, new LocalFunction(spec, new FunctionLog(join(dataFolder, 'logs'), name, metrics)));
  }

  const startExecution = (machineArn: string, input: string, name?: string) => {
    const machine = machines.get(machineArn);
    if (machine !== undefined) return machine.start(input, name);
    throw new IntegrationError('StepFunctions.StateMachineDoesNotExistException', `no state machine ${machineArn}`);
  };
  const integrations: IntegrationHost = {
    dynamodb: clients.dynamodb,
    invoke: (reference, payload) => functions.get(nameInArn(reference))?.invoke(payload),
    invokeAsync: (reference, payload) => {
      const hosted = functions.get(nameInArn(reference));
      hosted?.invokeAsync(payload);
      return hosted !== undefined;
    },
    startExecution: (machineArn, input, name) => startExecution(machineArn, input, name).execution.arn,
  };
  for (const spec of plan.machines) machines.set(spec.arn, new LocalMachine(spec, integrations, log));

  const positionsFolder = join(dataFolder, 'positions');
  for (const spec of plan.pipes) {
    if (!spec.enabled) continue;
    const host = {
      region,
      positionsFolder,
      log,
      startExecution: async (machineArn: string, input: string, waitForEnd: boolean) => {
        const { ended } = startExecution(machineArn, input);
        if (!waitForEnd) return;
        const { status, error, cause } = await ended;
        if (status !== 'SUCCEEDED') throw new Error(`execution ${status}: ${error}: ${cause}`);
      },
    };
    pipes.push(new Pipe(spec, await streamChanges(clients.dynamodbStreams, dynamodb, spec.tableName), host));
  }
  for (const spec of plan.schedules) {
    if (!spec.enabled) continue;
    const call = (targetArn: string, input: string): void => {
      if (targetArn.startsWith('arn:aws:states:')) startExecution(targetArn, input);
      else integrations.invokeAsync(targetArn, input);
    };
    schedules.push(new Schedule(spec, call));
  }
  for (const spec of plan.mappings) {
    if (!spec.enabled) continue;
    const hosted = functions.get(spec.functionName);
    if (hosted === undefined)
      throw new Error(`mapping ${spec.id}: expected a function ${spec.functionName} that runs on Node.js`);
    const host: MappingHost = {
      region,
      positionsFolder,
      functionArn: hosted.spec.arn,
      invoke: (payload) => hosted.invoke(payload),
      putObject: async (bucket, key, body) => {
        await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      },
      log,
    };
    mappings.push(
      spec.kind === 'kinesis'
        ? new KinesisMapping(spec, kinesis, host)
        : new KafkaMapping(spec, topicReader(kafka), host),
    );
  }
  await writeEndpoints(dataFolder, endpoints);

  return {
    endpoints,
    functions: () =>
      [...functions.values()].map((hosted) => {
        const source = sources.get(hosted.spec.name)?.name;
        return { ...hosted.report(), ...(source === undefined ? {} : { source }) };
      }),
    mappings: async () => mappings.map((mapping) => mapping.report()),
    machines: () => [...machines.values()].map((machine) => machine.report()),
    metrics: () => metrics.readings(),
    killProcess(functionName) {
      const hosted = functions.get(functionName);
      if (hosted !== undefined) return hosted.kill();
      throw new Error(`expected one of ${[...functions.keys()].join(', ')}, got ${functionName}`);
    },
    async close() {
      for (const schedule of schedules) schedule.stop();
      const stopped = Promise.all([...mappings, ...pipes].map((worker) => worker.stop()));
      await Promise.race([stopped, sleep(closeGraceMs, undefined, { ref: false })]);
      await Promise.all([...machines.values()].map((machine) => machine.close(closeGraceMs)));
      await Promise.all([...functions.values()].map((hosted) => hosted.close(closeGraceMs)));
      await stopped;
      await control.close();
      destroyClients(clients);
      await closeServers(servers);
    },
  };
}

/** Source and table that a stream or topic feeds, by the mapping that reads it. */
function fedBy(
  { mappings }: HostPlan,
  sources: ReadonlyMap<string, FedSource>,
  kind: 'kinesis' | 'kafka',
  origin: string,
): { source?: string; table?: string } {
  const mapping = mappings.find(
    (spec) => (spec.kind === 'kinesis' ? spec.streamName : spec.topic) === origin && spec.kind === kind,
  );
  const source = mapping === undefined ? undefined : sources.get(mapping.functionName);
  return source === undefined ? {} : { source: source.name, table: source.settings.table };
}

/** Topics that mappings read, with the partitions that the settings want for them. */
function topicsOf(plan: HostPlan, sources: ReadonlyMap<string, FedSource>): TopicEndpoint[] {
  const names = new Set(plan.mappings.flatMap((spec) => (spec.kind === 'kafka' ? [spec.topic] : [])));
  return [...names].map((name) => {
    const wanted = plan.mappings
      .filter((spec) => spec.kind === 'kafka' && spec.topic === name)
      .map(({ functionName }) => sources.get(functionName)?.settings.origin)
      .map((origin) => (origin?.kind === 'kafka' ? origin.partitions : 1));
    return { name, partitions: Math.max(...wanted), ...fedBy(plan, sources, 'kafka', name) };
  });
}
