import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { FunctionLog } from '../../../../scripts/local/functions/function-log.ts';
import { LocalFunction } from '../../../../scripts/local/functions/local-function.ts';
import { localCredentials } from '../../../../scripts/local/host/clients.ts';
import { topicReader } from '../../../../scripts/local/host/readers.ts';
import { type KafkaServer, startKafka } from '../../../../scripts/local/kafka/start-kafka.ts';
import { type KinesisServer, startKinesis } from '../../../../scripts/local/kinesis/start-kinesis.ts';
import type { HostedMapping, MappingHost } from '../../../../scripts/local/mappings/hosted-mapping.ts';
import { KafkaMapping } from '../../../../scripts/local/mappings/kafka-mapping.ts';
import { KinesisMapping } from '../../../../scripts/local/mappings/kinesis-mapping.ts';
import type {
  KafkaMappingSpec,
  KinesisMappingSpec,
  StartingPosition,
} from '../../../../scripts/local/mappings/mapping-spec.ts';
import { Metrics } from '../../../../scripts/local/metrics/metrics.ts';

const region = 'us-east-1';

/** What a handler saw in one invocation. */
export interface Call {
  /** Values of the records, decoded. */
  values: string[];
  eventBytes: number;
  atMs: number;
}

/** Runs before each handler: notes the invocation, then gives `values` and `records` to the handler's body. */
const prelude = `
import { appendFileSync, readFileSync } from 'node:fs';
const text = (base64) => base64 === undefined ? '(none)' : Buffer.from(base64, 'base64').toString();
const recordsOf = (event) => event.Records ?? Object.values(event.records).flat();
const valueOf = (record) => text(record.kinesis ? record.kinesis.data : record.value).slice(0, 40);
const noted = () => { try { return readFileSync(process.env.CALLS, 'utf8').trim().split('\\n').length; } catch { return 0; } };
`;

export interface TestFunction {
  hosted: LocalFunction;
  calls(): Call[];
  /** Every record seen, in the order of invocations. */
  seen(): string[];
}

export interface MappingRules {
  batchSize?: number;
  windowMs?: number;
  startingPosition?: StartingPosition;
  maxRetryAttempts?: number;
  maxRecordAgeMs?: number;
  bisectOnError?: boolean;
  reportItemFailures?: boolean;
  failureBucket?: string;
}

/** A Kinesis server, a broker and functions with handlers given as text, for tests of mappings. */
export class MappingBench {
  readonly kinesis: KinesisServer;
  readonly kafka: KafkaServer;
  readonly client: KinesisClient;
  readonly logged: string[] = [];
  readonly stored: { bucket: string; key: string; body: string }[] = [];
  readonly #folder: string;
  readonly #mappings: HostedMapping[] = [];
  readonly #functions: LocalFunction[] = [];
  #count = 0;

  private constructor(folder: string, kinesis: KinesisServer, kafka: KafkaServer) {
    this.#folder = folder;
    this.kinesis = kinesis;
    this.kafka = kafka;
    this.client = new KinesisClient({ region, endpoint: kinesis.endpoint, credentials: localCredentials });
  }

  static async start(): Promise<MappingBench> {
    const folder = mkdtempSync(join(tmpdir(), 'alluvium-mappings-'));
    const kinesis = await startKinesis({ port: 0, root: join(folder, 'kinesis') });
    const kafka = await startKafka({ port: 0, root: join(folder, 'kafka') });
    return new MappingBench(folder, kinesis, kafka);
  }

  async close(): Promise<void> {
    for (const mapping of this.#mappings) await mapping.stop();
    for (const hosted of this.#functions) await hosted.close(0);
    this.client.destroy();
    await this.kinesis.close();
    await this.kafka.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A name that no other test of the bench uses. */
  fresh(what: string): string {
    return `${what}-${++this.#count}`;
  }

  /** `body` may use `values`, `records`, `event` and `call` (1, 2, …), and returns the handler's answer. */
  function(body: string): TestFunction {
    const name = this.fresh('function');
    const folder = join(this.#folder, name);
    const callsPath = join(folder, 'calls');
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'index.mjs'),
      `${prelude}
export const handler = async (event) => {
  const records = recordsOf(event);
  const values = records.map(valueOf);
  const eventBytes = Buffer.byteLength(JSON.stringify(event));
  appendFileSync(process.env.CALLS, JSON.stringify({ values, eventBytes, atMs: Date.now() }) + '\\n');
  const call = noted();
  ${body}
};`,
    );
    const hosted = new LocalFunction(
      {
        name,
        logicalId: name,
        arn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
        folder,
        handler: 'index.handler',
        memoryMiB: 512,
        timeoutMs: 10_000,
        environment: { PATH: process.env.PATH ?? '', CALLS: callsPath },
        maxProcesses: 2,
        asyncRetryDelaysMs: [],
      },
      new FunctionLog(join(this.#folder, 'logs'), name, new Metrics()),
    );
    this.#functions.push(hosted);
    const calls = (): Call[] =>
      existsSync(callsPath)
        ? readFileSync(callsPath, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Call)
        : [];
    return { hosted, calls, seen: () => calls().flatMap(({ values }) => values) };
  }

  kinesisMapping(streamName: string, { hosted }: TestFunction, rules: MappingRules = {}): KinesisMapping {
    const spec: KinesisMappingSpec = {
      ...this.#common(streamName, hosted, rules),
      kind: 'kinesis',
      streamName,
      streamArn: `arn:aws:kinesis:${region}:000000000000:stream/${streamName}`,
    };
    return this.#started(new KinesisMapping(spec, this.kinesis, this.#hostOf(hosted)));
  }

  kafkaMapping(
    topic: string,
    { hosted }: TestFunction,
    rules: MappingRules & Partial<Pick<KafkaMappingSpec, 'pollers' | 'eventSource' | 'clusterArn'>> = {},
  ): KafkaMapping {
    const { pollers = 1, eventSource = 'SelfManagedKafka', clusterArn, ...common } = rules;
    const spec: KafkaMappingSpec = {
      ...this.#common(topic, hosted, common),
      kind: 'kafka',
      topic,
      consumerGroup: `${topic}-group`,
      eventSource,
      ...(clusterArn === undefined ? {} : { clusterArn }),
      pollers,
    };
    return this.#started(new KafkaMapping(spec, topicReader(this.kafka), this.#hostOf(hosted)));
  }

  /** Puts records whose partition key is `key`, or the value itself. */
  async put(streamName: string, values: (string | Buffer)[], key?: string): Promise<void> {
    for (let at = 0; at < values.length; at += 500) {
      const records = values.slice(at, at + 500).map((value) => ({
        Data: Buffer.from(value),
        PartitionKey: key ?? value.toString('utf8').slice(0, 256),
      }));
      await this.client.send(new PutRecordsCommand({ StreamName: streamName, Records: records }));
    }
  }

  log(line: string): void {
    this.logged.push(line);
    if (process.env.MAPPING_LOG !== undefined) appendFileSync(process.env.MAPPING_LOG, `${line}\n`);
  }

  #started<Mapping extends HostedMapping>(mapping: Mapping): Mapping {
    this.#mappings.push(mapping);
    return mapping;
  }

  #common(origin: string, hosted: LocalFunction, rules: MappingRules) {
    const { failureBucket } = rules;
    return {
      id: `test.${origin}`,
      functionName: hosted.spec.name,
      enabled: true,
      batchSize: rules.batchSize ?? 100,
      windowMs: rules.windowMs ?? 0,
      startingPosition: rules.startingPosition ?? { type: 'TRIM_HORIZON' as const },
      rules: {
        maxRetryAttempts: rules.maxRetryAttempts ?? -1,
        maxRecordAgeMs: rules.maxRecordAgeMs ?? -1,
        bisectOnError: rules.bisectOnError ?? false,
        reportItemFailures: rules.reportItemFailures ?? true,
      },
      ...(failureBucket === undefined ? {} : { failureBucket }),
    };
  }

  #hostOf(hosted: LocalFunction): MappingHost {
    return {
      region,
      positionsFolder: join(this.#folder, 'positions'),
      functionArn: hosted.spec.arn,
      invoke: (payload) => hosted.invoke(payload),
      putObject: async (bucket, key, body) => {
        this.stored.push({ bucket, key, body });
      },
      log: (line) => this.log(line),
    };
  }
}
