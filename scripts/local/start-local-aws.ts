import { join } from 'node:path';
import { environmentVariables } from '#contract/environment.ts';
import { startControlServer } from './control/control-server.ts';
import { writeEndpoints } from './endpoints.ts';
import { releaseAbandonedLeases } from './host/abandoned-leases.ts';
import { type FedSource, sourceOf } from './host/baked-settings.ts';
import { clientsOf, destroyClients } from './host/clients.ts';
import { Compute } from './host/compute.ts';
import {
  createBucket,
  createBucketPolicy,
  createStream,
  createTable,
  deadLettersFirst,
} from './host/create-resources.ts';
import { describeEndpoints, topicsOf } from './host/describe-endpoints.ts';
import { closeServers, onPort, startServers } from './host/servers.ts';
import { defaultPorts, type LocalAws, type LocalAwsOptions } from './local-aws.ts';
import { Metrics } from './metrics/metrics.ts';
import { prometheusText } from './metrics/prometheus-text.ts';
import { tablesSite } from './page/site.ts';
import { readAssembly } from './templates/cloud-assembly.ts';
import { type HostPlan, planHosting } from './templates/host-plan.ts';
import { synthesise } from './templates/synthesise.ts';

const closeGraceMs = 10_000;

/** Synthesises an environment and hosts what its templates describe, until closed. Throws when a port is taken. */
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

  /** Undone in reverse, when closed or when starting fails. */
  const started: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let end = started.pop(); end !== undefined; end = started.pop()) await end();
  };
  try {
    const onProduced = tellUnread(topicsOf(plan, sources), log);
    const servers = await startServers(ports, dataFolder, { nowMs: options.nowMs, onProduced });
    started.push(() => closeServers(servers));
    const { s3, dynamodb, kinesis, kafka, sqs } = servers;
    const clients = clientsOf({ s3: s3.endpoint, dynamodb: dynamodb.endpoint, kinesis: kinesis.endpoint }, region);
    started.push(() => destroyClients(clients));
    for (const queue of deadLettersFirst(plan.queues)) await sqs.ensureQueue(queue);
    for (const bucket of plan.buckets) {
      await createBucket(clients.s3, bucket);
      await createBucketPolicy(clients.s3, bucket, plan.bucketPolicies);
    }
    for (const table of plan.tables) await createTable(clients.dynamodb, table);
    for (const stream of plan.streams) await createStream(clients.kinesis, stream);
    for (const { name, partitions } of topicsOf(plan, sources)) kafka.ensureTopic(name, partitions);

    const metrics = new Metrics(options.onMetric);
    const compute = new Compute({ region, dataFolder, servers, clients, metrics, log });
    const { functions, machines, mappings } = compute;
    const functionReports = () =>
      [...functions.values()].map((hosted) => {
        const source = sources.get(hosted.spec.name)?.name;
        return { ...hosted.report(), ...(source === undefined ? {} : { source }) };
      });
    const mappingReports = () => mappings.flatMap((mapping) => mapping.report() ?? []);
    const metricsText = () =>
      prometheusText({ metrics: metrics.readings(), functions: functionReports(), mappings: mappingReports() });
    const site = tablesSite({
      tablesFolder: join(dataFolder, 'lake', lakeBucketOf(plan) ?? '', 'tables'),
      dataFolder,
      mappings: mappingReports,
      links: { metrics: '/metrics', health: '/health' },
    });
    const control = await onPort('control', ports.control, () =>
      startControlServer(ports.control, { functions, mappings, machines, metricsText, site }),
    );
    started.push(() => control.close());
    const endpoints = describeEndpoints(plan, sources, servers, { region, control: control.endpoint });
    if (endpoints.ledgerTable !== undefined) await releaseAbandonedLeases(clients.dynamodb, endpoints.ledgerTable);
    started.push(() => compute.close(closeGraceMs));
    await compute.start(plan, endpoints);
    await writeEndpoints(dataFolder, endpoints);
    return {
      endpoints,
      functions: functionReports,
      mappings: async () => mappingReports(),
      machines: () => [...machines.values()].map((machine) => machine.report()),
      metrics: () => metrics.readings(),
      expireObjects: () => s3.expireObjects(),
      killProcess(functionName) {
        const hosted = functions.get(functionName);
        if (hosted !== undefined) return hosted.kill();
        throw new Error(`expected one of ${[...functions.keys()].join(', ')}, got ${functionName}`);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const lakeBucketOf = ({ functions }: HostPlan): string | undefined =>
  functions.map(({ variables }) => variables[environmentVariables.lakeBucket]).find((name) => name !== undefined);

/** Tells once of each topic that takes records and that nothing reads: its name may be misspelt. */
function tellUnread(topics: readonly { name: string }[], log: (line: string) => void): (topic: string) => void {
  const known = new Set(topics.map(({ name }) => name));
  const read = [...known].join(', ') || 'none';
  return (topic) => {
    if (known.has(topic)) return;
    known.add(topic);
    log(`Kafka topic ${topic} takes records, but no source reads it; topics that are read: ${read}`);
  };
}
