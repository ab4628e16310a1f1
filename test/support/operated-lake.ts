import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { environmentVariables, ingestFunctionName, sourceResourceName } from '#contract/environment.ts';
import { loadLogState } from '#delta/log-state.ts';
import { commitTable } from '#pipeline/commit/commit-table.ts';
import { lakeTableOf } from '#pipeline/ingest/agree-table.ts';
import { batchIngest, type IngestBatch } from '#pipeline/ingest/ingest-batch.ts';
import { ingestSettingsOf } from '#pipeline/ingest/ingest-settings.ts';
import { readKafkaEvent } from '#pipeline/ingest/kafka-event.ts';
import { readKinesisEvent } from '#pipeline/ingest/kinesis-event.ts';
import { operatorPorts } from '../../scripts/cli/operator-ports.ts';
import { readSettings } from '../../scripts/cli/read-settings.ts';
import type { Verb } from '../../scripts/cli/verb.ts';
import { startControlServer } from '../../scripts/local/control/control-server.ts';
import { localCredentials } from '../../scripts/local/host/clients.ts';
import { createStream } from '../../scripts/local/host/create-resources.ts';
import { topicReader } from '../../scripts/local/host/readers.ts';
import { type KafkaServer, startKafka } from '../../scripts/local/kafka/start-kafka.ts';
import { startKinesis } from '../../scripts/local/kinesis/start-kinesis.ts';
import type { MappingHost } from '../../scripts/local/mappings/hosted-mapping.ts';
import { KafkaMapping } from '../../scripts/local/mappings/kafka-mapping.ts';
import { KinesisMapping } from '../../scripts/local/mappings/kinesis-mapping.ts';
import type { KafkaMappingSpec, KinesisMappingSpec } from '../../scripts/local/mappings/mapping-spec.ts';
import { SwitchedMapping } from '../../scripts/local/mappings/switched-mapping.ts';
import { canonicalLines, openedTable } from './canonical-lines.ts';
import { takeLease } from './ledger-table.ts';
import { type LocalLake, startLocalLake } from './local-lake.ts';
import { type Ran, runVerb } from './run-verb.ts';

const root = join(import.meta.dirname, '../..');
const environment = 'local';
const region = 'us-east-1';

/**
 * A broker, a stream, Lambda's event source mappings, S3 and DynamoDB of this machine, with the ingest of two sources of the `local`
 * environment in this process: topic `movies` of one partition, stream `tickers` of one shard. Operators' commands reach all of it.
 */
export interface OperatedLake {
  lake: LocalLake;
  kafka: KafkaServer;
  mappings: Record<'movies' | 'tickers', SwitchedMapping>;
  /** Produces to a topic, `movies` without one. */
  send(values: readonly object[], topic?: string): Promise<void>;
  /** Puts into stream `tickers`. */
  put(values: readonly object[]): Promise<void>;
  /** Runs a verb as bin/alluvium.ts does, in this process. */
  alluvium(verb: Verb, ...args: string[]): Promise<Ran>;
  /** Commits whatever is staged. */
  commit(): Promise<void>;
  rows(table: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function startOperatedLake(): Promise<OperatedLake> {
  const lake = await startLocalLake();
  const kafka = await startKafka({ port: 0, root: join(lake.folder, 'kafka') });
  const kinesis = await startKinesis({ port: 0, root: join(lake.folder, 'kinesis') });
  const streams = new KinesisClient({ endpoint: kinesis.endpoint, region, credentials: localCredentials });
  const streamName = sourceResourceName(environment, 'tickers');
  const streamArn = `arn:aws:kinesis:${region}:000000000000:stream/${streamName}`;
  await createStream(streams, { name: streamName, arn: streamArn, shards: 1, retentionHours: 24 });
  kafka.ensureTopic('movies', 1);
  Object.assign(process.env, lake.variables, {
    AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
    [environmentVariables.kafkaBrokers]: kafka.bootstrap,
  });
  const settings = readSettings(root, environment);
  const operator = operatorPorts(root, environment);
  const measurements = { count: () => undefined };
  const ingestOf = (source: string): IngestBatch =>
    batchIngest(ingestSettingsOf(settings, source), {
      ledger: lake.ledger,
      storeOf: lake.tableStore,
      lakeTable: async (table) => {
        const state = await loadLogState(lake.tableStore(table), checkpointCodec);
        return state && lakeTableOf(state);
      },
      engines: kernelEngines(),
      clock: Date.now,
      ids: randomUUID,
      measurements,
    });
  const hostOf = (source: string, deliver: (payload: string) => Promise<unknown>): MappingHost => ({
    region,
    positionsFolder: join(lake.folder, 'positions'),
    functionArn: `arn:aws:lambda:${region}:000000000000:function:${ingestFunctionName(environment, source)}`,
    async invoke(payload) {
      try {
        await deliver(payload);
        return { kind: 'succeeded', payload: 'null' };
      } catch (error) {
        const { name, message } = error as Error;
        return { kind: 'failed', by: 'handler', error: { errorType: name, errorMessage: message, trace: [] } };
      }
    },
    putObject: async () => undefined,
    log: () => undefined,
  });
  const common = {
    enabled: true,
    batchSize: 1_000,
    windowMs: 0,
    startingPosition: { type: 'TRIM_HORIZON' as const },
    rules: { maxRetryAttempts: -1, maxRecordAgeMs: -1, bisectOnError: false, reportItemFailures: true },
  };
  const topicSpec: KafkaMappingSpec = {
    ...common,
    kind: 'kafka',
    id: 'movies',
    functionName: ingestFunctionName(environment, 'movies'),
    topic: 'movies',
    consumerGroup: sourceResourceName(environment, 'movies'),
    eventSource: 'SelfManagedKafka',
    pollers: 1,
  };
  const streamSpec: KinesisMappingSpec = {
    ...common,
    kind: 'kinesis',
    id: 'tickers',
    functionName: ingestFunctionName(environment, 'tickers'),
    streamName,
    streamArn,
  };
  const ingests = { movies: ingestOf('movies'), tickers: ingestOf('tickers') };
  const mappings = {
    movies: new SwitchedMapping(topicSpec, () => {
      const deliver = (payload: string) =>
        ingests.movies((payloads) => readKafkaEvent(JSON.parse(payload), 'movies', 'movies', payloads));
      return new KafkaMapping(topicSpec, topicReader(kafka), hostOf('movies', deliver));
    }),
    tickers: new SwitchedMapping(streamSpec, () => {
      const deliver = (payload: string) =>
        ingests.tickers((payloads) => readKinesisEvent(JSON.parse(payload), 'tickers', payloads));
      return new KinesisMapping(streamSpec, kinesis, hostOf('tickers', deliver));
    }),
  };
  const functions = new Map([topicSpec, streamSpec].map(({ functionName }) => [functionName, undefined as never]));
  const control = await startControlServer(0, {
    functions,
    mappings: Object.values(mappings),
    machines: new Map(),
    metricsText: () => '',
    site: async () => undefined,
  });
  process.env.AWS_ENDPOINT_URL_LAMBDA = control.endpoint;
  const producer: Producer = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();

  return {
    ...{ lake, kafka, mappings },
    async send(values, topic = 'movies') {
      const messages = values.map((value) => ({ key: 'key', value: JSON.stringify(value) }));
      await producer.send({ topic, messages });
    },
    async put(values) {
      const Records = values.map((value) => ({ Data: Buffer.from(JSON.stringify(value)), PartitionKey: 'key' }));
      await streams.send(new PutRecordsCommand({ StreamName: streamName, Records }));
    },
    alluvium: runVerb,
    async commit() {
      for await (const { tableId } of lake.ledger.tables()) {
        const owner = randomUUID();
        await takeLease(lake.items, 'ledger', { tableId, owner, expiresAtS: Math.floor(Date.now() / 1000) + 60 });
        const later = () => Date.now() + 600_000;
        const parts = { states: new Map(), described: new Map(), measurements };
        await commitTable({ tableId, owner }, { ...operator, ...parts, clock: later });
      }
    },
    async rows(table) {
      const store = lake.tableStore(table);
      return (await canonicalLines(store, await openedTable(store))).map((line) => JSON.parse(line));
    },
    async close() {
      await producer.disconnect();
      for (const mapping of Object.values(mappings)) await mapping.stop();
      streams.destroy();
      await Promise.all([control.close(), kafka.close(), kinesis.close()]);
      await lake.close();
    },
  };
}
