import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { environmentVariables } from '#contract/environment.ts';
import { drain } from '../../scripts/cli/drain.ts';
import { mapping } from '../../scripts/cli/mapping.ts';
import { takeOver } from '../../scripts/cli/take-over.ts';
import type { Verb } from '../../scripts/cli/verb.ts';
import type { LocalAws } from '../../scripts/local/local-aws.ts';
import { startLocalAws } from '../../scripts/local/start-local-aws.ts';
import { synthesise } from '../../scripts/local/templates/synthesise.ts';
import { canonicalLines, openedTable } from '../support/canonical-lines.ts';
import { pushedRecords, readRows } from '../support/capability-evidence.ts';
import { copyTable, takeOverFolder, topicRecords } from '../support/handover.ts';

/* A table that the real kafka-delta-ingest wrote, and the topic behind it: taken over by an operator's commands, on the local stack. */
const sources = {
  metrics: {
    kafka: { cluster: 'broker', topic: 'device-metrics', partitions: 4 },
    table: 'metrics',
    batch: { window: '1s' },
    enabled: false,
  },
};
const tables = { metrics: { latency: '2s' }, dead_letters: { latency: '2s' } };
const anyPorts = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };

let folder: string;
let aws: LocalAws;

describe.skipIf(takeOverFolder === undefined)('a table of kafka-delta-ingest', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'alluvium-take-over-'));
    const assemblyFolder = join(folder, 'cdk.out');
    await synthesise('local', assemblyFolder, { sources: JSON.stringify(sources), tables: JSON.stringify(tables) });
    aws = await startLocalAws({ environment: 'local', dataFolder: folder, assemblyFolder, ports: anyPorts });
    const { endpoints } = aws;
    const clusters = { broker: { kind: 'selfManaged', bootstrapServers: [endpoints.kafka] } };
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config/local.yaml'), stringify({ clusters, sources, tables }));
    Object.assign(process.env, {
      AWS_REGION: endpoints.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_S3: endpoints.s3,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
      [environmentVariables.lakeBucket]: endpoints.lakeBucket,
      [environmentVariables.ledgerTable]: endpoints.ledgerTable,
      [environmentVariables.deltaLogTable]: endpoints.deltaLogTable,
    });
  });
  afterAll(async () => {
    await aws?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const alluvium = async (verb: Verb, ...args: string[]) => String(await verb.run(['--env', 'local', ...args], folder));
  const table = () => fileObjectStore(join(folder, 'lake', aws.endpoints.lakeBucket as string, 'tables/metrics'));

  async function produce(): Promise<void> {
    const kafka = new kafkajs.Kafka({ brokers: [aws.endpoints.kafka], logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    const records = topicRecords(takeOverFolder as string).sort((left, right) => left.offset - right.offset);
    for (let first = 0; first < records.length; first += 2_000) {
      const messages = records
        .slice(first, first + 2_000)
        .map(({ key, value, partition, timestamp }) => ({ key, value, partition, timestamp: String(timestamp) }));
      await producer.send({ topic: 'device-metrics', messages });
    }
    await producer.disconnect();
    pushedRecords(records.length);
  }

  test('K8 goes on without a gap: no record of its topic is lost or doubled at the seam', async () => {
    await copyTable(`${takeOverFolder}/table`, table());
    await produce();
    const handover = ['metrics', '--from', 'kafka-delta-ingest', '--source', 'metrics', '--app-id', 'metrics-writer'];
    const planned = await alluvium(takeOver, ...handover, '--dry-run');
    expect(planned).toContain('  metrics/0: it has all up to 3024; reading begins at 3025\n');
    expect(planned).not.toContain('In the way');
    const done = await alluvium(takeOver, ...handover, '--watch', '1s');
    expect(done).toContain("Table metrics is the pipeline's from version 2 on");
    expect(await alluvium(mapping, 'metrics', 'on')).toContain('Enabled');
    const drained = await alluvium(drain, 'metrics', '--timeout', '5m', '--json');
    expect(Object.keys(JSON.parse(drained).ends)).toHaveLength(4);
    expect(await alluvium(mapping, 'metrics')).toContain('Disabled');

    const rows = (await canonicalLines(table(), await openedTable(table()))).map((line) => JSON.parse(line));
    readRows(rows.length);
    const textOf = ({ timestamp, device_id, metric, value, ok }: Record<string, unknown>) =>
      JSON.stringify([Date.parse(String(timestamp)), device_id, metric, value, ok]);
    const wanted = topicRecords(takeOverFolder as string).map(({ value }) => textOf(JSON.parse(value)));
    expect(rows).toHaveLength(20_000);
    expect(rows.map(textOf).sort()).toEqual(wanted.sort());
    expect(await alluvium(takeOver, ...handover)).toMatch(/^Table metrics was handed over to source metrics already/);
  });
});
