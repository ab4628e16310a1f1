import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Endpoints } from '../endpoints.ts';
import { FunctionLog } from '../functions/function-log.ts';
import type { FunctionSpec } from '../functions/function-spec.ts';
import { LocalFunction } from '../functions/local-function.ts';
import { IntegrationError } from '../machines/integration-error.ts';
import type { IntegrationHost } from '../machines/integrations.ts';
import { LocalMachine, type StartedExecution } from '../machines/local-machine.ts';
import type { HostedMapping, MappingHost } from '../mappings/hosted-mapping.ts';
import { KafkaMapping } from '../mappings/kafka-mapping.ts';
import { KinesisMapping } from '../mappings/kinesis-mapping.ts';
import type { MappingSpec } from '../mappings/mapping-spec.ts';
import { QueueMapping } from '../mappings/queue-mapping.ts';
import { SwitchedMapping } from '../mappings/switched-mapping.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { Pipe, type PipeHost } from '../pipes/pipe.ts';
import type { PipeSpec } from '../pipes/pipe-spec.ts';
import { Schedule } from '../schedules/schedule.ts';
import { nameInArn } from '../templates/arn.ts';
import type { FunctionResource } from '../templates/function-resource.ts';
import type { HostPlan } from '../templates/host-plan.ts';
import type { Clients } from './clients.ts';
import { functionEnvironment } from './function-environment.ts';
import { topicReader } from './readers.ts';
import type { Servers } from './servers.ts';
import { streamChanges } from './stream-changes.ts';

/** Invocations of one function that run at a time; a machine has few cores. */
const mostProcesses = 4;

/** Lambda waits a minute before the first retry of an asynchronous invocation, two before the second. */
const asyncRetryDelaysMs = [60_000, 120_000];

export interface ComputeOptions {
  region: string;
  dataFolder: string;
  servers: Servers;
  clients: Clients;
  metrics: Metrics;
  log: (line: string) => void;
}

/** Everything of the templates that runs: functions, state machines, and what calls them. */
export class Compute {
  readonly functions = new Map<string, LocalFunction>();
  /** By ARN. */
  readonly machines = new Map<string, LocalMachine>();
  readonly mappings: SwitchedMapping[] = [];
  readonly #options: ComputeOptions;
  readonly #positionsFolder: string;
  readonly #pipes: Pipe[] = [];
  readonly #schedules: Schedule[] = [];

  constructor(options: ComputeOptions) {
    this.#options = options;
    this.#positionsFolder = join(options.dataFolder, 'positions');
  }

  /** Starts what can be called before what calls it. */
  async start(plan: HostPlan, endpoints: Endpoints): Promise<void> {
    const { dataFolder, metrics, log } = this.#options;
    for (const resource of plan.functions) {
      const spec = functionSpec(resource, endpoints, plan.asyncRetries.get(resource.name));
      if (spec === undefined) continue;
      const functionLog = new FunctionLog(join(dataFolder, 'logs'), spec.name, metrics, (error) =>
        log(`${spec.name}: ${error} (${functionLog.path})`),
      );
      this.functions.set(spec.name, new LocalFunction(spec, functionLog));
    }
    await Promise.all([...this.functions.values()].map((hosted) => hosted.warm()));
    for (const spec of plan.machines) this.machines.set(spec.arn, new LocalMachine(spec, this.#integrations(), log));
    for (const spec of plan.pipes) if (spec.enabled) this.#pipes.push(await this.#pipe(spec));
    for (const spec of plan.schedules) {
      if (spec.enabled) this.#schedules.push(new Schedule(spec, (target, input) => this.#call(target, input)));
    }
    for (const spec of plan.mappings) this.mappings.push(new SwitchedMapping(spec, () => this.#mapping(spec)));
  }

  /** Takes no new work, gives what runs `graceMs` to end, kills the rest. */
  async close(graceMs: number): Promise<void> {
    for (const schedule of this.#schedules) schedule.stop();
    const stopped = Promise.all([...this.mappings, ...this.#pipes].map((worker) => worker.stop()));
    await Promise.race([stopped, sleep(graceMs, undefined, { ref: false })]);
    await Promise.all([...this.machines.values()].map((machine) => machine.close(graceMs)));
    await Promise.all([...this.functions.values()].map((hosted) => hosted.close(graceMs)));
    await stopped;
  }

  #startExecution(machineArn: string, input: string, name?: string): StartedExecution {
    const machine = this.machines.get(machineArn);
    if (machine !== undefined) return machine.start(input, name);
    throw new IntegrationError('StepFunctions.StateMachineDoesNotExistException', `no state machine ${machineArn}`);
  }

  #call(targetArn: string, input: string): void {
    if (targetArn.startsWith('arn:aws:states:')) this.#startExecution(targetArn, input);
    else this.functions.get(nameInArn(targetArn))?.invokeAsync(input);
  }

  #integrations(): IntegrationHost {
    return {
      dynamodb: this.#options.clients.dynamodb,
      invoke: (reference, payload) => this.functions.get(nameInArn(reference))?.invoke(payload),
      invokeAsync: (reference, payload) => {
        const hosted = this.functions.get(nameInArn(reference));
        hosted?.invokeAsync(payload);
        return hosted !== undefined;
      },
      startExecution: (machineArn, input, name) => this.#startExecution(machineArn, input, name).execution.arn,
    };
  }

  async #pipe(spec: PipeSpec): Promise<Pipe> {
    const { region, clients, servers, log } = this.#options;
    const host: PipeHost = {
      region,
      positionsFolder: this.#positionsFolder,
      startExecution: async (machineArn, input, waitForEnd) => {
        const { ended } = this.#startExecution(machineArn, input);
        if (!waitForEnd) return;
        const { status, error, cause } = await ended;
        if (status !== 'SUCCEEDED') throw new Error(`execution ${status}: ${error}: ${cause}`);
      },
      log,
    };
    return new Pipe(spec, await streamChanges(clients.dynamodbStreams, servers.dynamodb, spec.tableName), host);
  }

  #mapping(spec: MappingSpec): HostedMapping {
    const { region, clients, servers, log } = this.#options;
    const hosted = this.functions.get(spec.functionName);
    if (hosted === undefined) {
      throw new Error(`mapping ${spec.id}: expected a function ${spec.functionName} that runs on Node.js`);
    }
    const host: MappingHost = {
      region,
      positionsFolder: this.#positionsFolder,
      functionArn: hosted.spec.arn,
      invoke: (payload) => hosted.invoke(payload),
      putObject: async (bucket, key, body) => {
        await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      },
      log,
    };
    switch (spec.kind) {
      case 'kinesis':
        return new KinesisMapping(spec, servers.kinesis, host);
      case 'kafka':
        return new KafkaMapping(spec, topicReader(servers.kafka), host);
      case 'sqs': {
        const { sqs } = servers;
        const depth = () => sqs.depth(spec.queueName);
        return new QueueMapping(spec, { client: sqs.client, url: sqs.urlOf(spec.queueName), depth }, host);
      }
    }
  }
}

/** Undefined for a function that does not run on Node.js. */
function functionSpec(
  resource: FunctionResource,
  endpoints: Endpoints,
  asyncRetries: number | undefined,
): FunctionSpec | undefined {
  const { folder, reservedConcurrency = mostProcesses } = resource;
  if (folder === undefined) return undefined;
  return {
    ...resource,
    folder,
    environment: functionEnvironment(resource, endpoints),
    maxProcesses: Math.max(1, Math.min(mostProcesses, reservedConcurrency)),
    asyncRetryDelaysMs: asyncRetryDelaysMs.slice(0, asyncRetries),
  };
}
