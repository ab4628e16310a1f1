import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { DeleteObjectCommand, GetObjectTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { scanTable } from '#columnar/read/scan-table.ts';
import type { RestoreInput } from '#contract/restore.ts';
import { parseActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { localCredentials as credentials } from '../../scripts/local/host/clients.ts';
import type { LocalAws } from '../../scripts/local/local-aws.ts';
import { startLocalAws } from '../../scripts/local/start-local-aws.ts';
import { synthesise } from '../../scripts/local/templates/synthesise.ts';

const region = 'us-east-1';
const dayMs = 86_400_000;
const until = <T>(assertion: () => T | Promise<T>) => vi.waitFor(assertion, { timeout: 40_000, interval: 50 });

let folder: string;
let aws: LocalAws;
/** How far the lake's clock is from this machine's. */
let aheadMs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alluvium-expiry-'));
  const assemblyFolder = join(folder, 'assembly');
  await synthesise('local', assemblyFolder, {
    clusters: '{}',
    sources: '{ ticks: { kinesis: { shards: 1 }, table: ticks, batch: { window: 0s } } }',
    /** The functions' clock is this machine's, by which none of the files is old: so any number may be missing. */
    tables:
      '{ ticks: { latency: 0s, expireAfter: 90d, repair: { maxMissingRatio: 1 }, partitionBy: [day], schema: [{ name: day, type: string }, { name: n, type: long }] } }',
  });
  aws = await startLocalAws({
    environment: 'local',
    assemblyFolder,
    dataFolder: folder,
    ports: { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 },
    nowMs: () => Date.now() + aheadMs,
  });
}, 120_000);

afterAll(async () => {
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

const table = () => fileObjectStore(join(folder, 'lake', aws.endpoints.lakeBucket!, 'tables', 'ticks'));

async function rows(): Promise<unknown[]> {
  const store = table();
  const snapshot = await loadSnapshot(store, checkpointCodec);
  if (snapshot === undefined) return [];
  const found: unknown[] = [];
  const scanned = scanTable(store, { metaData: snapshot.metaData, files: snapshot.files.values() }, {});
  for await (const { day, n } of scanned) found.push(`${day} ${n}`);
  return found.sort();
}

async function push(...ticks: { day: string; n: number }[]): Promise<void> {
  const client = new KinesisClient({ region, endpoint: aws.endpoints.kinesis, credentials });
  const Records = ticks.map((tick) => ({ Data: Buffer.from(JSON.stringify(tick)), PartitionKey: 'all' }));
  await client.send(new PutRecordsCommand({ StreamName: aws.endpoints.streams[0]!.name, Records }));
  client.destroy();
}

/** Every action of the log, by version. */
async function history() {
  const store = table();
  const versions = [];
  for (let version = 0; ; version++) {
    const object = await store.read(commitPath(version));
    if (object === undefined) return versions;
    versions.push(parseActions(object.bytes));
  }
}

test('files that S3 lets expire leave the log by its events, and readers see the rest', async () => {
  aheadMs = -100 * dayMs;
  await push({ day: 'a b+c', n: 1 }, { day: 'a b+c', n: 2 }, { day: 'old', n: 3 });
  await until(async () => expect(await rows()).toEqual(['a b+c 1', 'a b+c 2', 'old 3']));
  aheadMs = 0;
  await push({ day: 'new', n: 4 });
  await until(async () => expect(await rows()).toEqual(['a b+c 1', 'a b+c 2', 'new 4', 'old 3']));

  expect(await aws.expireObjects()).toBe(2);
  await until(async () => expect(await rows()).toEqual(['new 4']));
  const removes = (await history()).flat().flatMap((action) => ('remove' in action ? [action.remove] : []));
  expect(removes).toMatchObject([
    { dataChange: true, extendedFileMetadata: true, partitionValues: { day: expect.any(String) } },
    { dataChange: true, extendedFileMetadata: true, partitionValues: { day: expect.any(String) } },
  ]);
  await until(async () => {
    const queue = (await aws.mappings()).find(({ kind }) => kind === 'sqs');
    expect(queue).toMatchObject({ lag: 0, failures: 0 });
  });
  await until(async () => {
    expect(aws.metrics().find(({ name }) => name === 'RepairedFiles')).toMatchObject({ sum: 2 });
  });
});

test('the log itself never expires, nor what carries no tag', async () => {
  aheadMs = 10_000 * dayMs;
  const s3 = new S3Client({ region, endpoint: aws.endpoints.s3, credentials, forcePathStyle: true });
  const Bucket = aws.endpoints.lakeBucket;
  const Key = `tables/ticks/${commitPath(0)}`;
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([]);
  const before = await history();
  await aws.expireObjects();
  aheadMs = 0;
  expect((await history()).slice(0, before.length)).toEqual(before);
  expect(before.length).toBeGreaterThan(2);
  s3.destroy();
  await until(async () => expect(await rows()).toEqual([]));
});

test('what no event told of is found by the machine that looks at every table', async () => {
  await push({ day: 'lost', n: 5 });
  await until(async () => expect(await rows()).toEqual(['lost 5']));
  const snapshot = await loadSnapshot(table(), checkpointCodec);
  const [path] = [...snapshot!.files.keys()];
  const s3 = new S3Client({ region, endpoint: aws.endpoints.s3, credentials, forcePathStyle: true });
  await s3.send(new DeleteObjectCommand({ Bucket: aws.endpoints.lakeBucket, Key: `tables/ticks/${path}` }));
  s3.destroy();

  const machines = new SFNClient({ region, endpoint: aws.endpoints.stepfunctions, credentials });
  const stateMachineArn = aws.machines().find(({ arn }) => arn.endsWith('-repair'))!.arn;
  const { executionArn } = await machines.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ dryRun: false }) }),
  );
  await until(async () => {
    const { status } = await machines.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('SUCCEEDED');
  });
  machines.destroy();
  expect(await rows()).toEqual([]);
  expect(await readFile(join(folder, 'logs', 'alluvium-local-repair.log'), 'utf8')).toContain('repaired');
});

test('a restore that is planned is done when it is time, unless it is called off', async () => {
  await push({ day: 'kept', n: 6 });
  await until(async () => expect(await rows()).toEqual(['kept 6']));
  const version = (await history()).length - 1;
  await push({ day: 'mistaken', n: 7 });
  await until(async () => expect(await rows()).toEqual(['kept 6', 'mistaken 7']));

  const machines = new SFNClient({ region, endpoint: aws.endpoints.stepfunctions, credentials });
  const plan = async (waitMs: number): Promise<string> => {
    const at = new Date(Date.now() + waitMs).toISOString();
    const input: RestoreInput = { tableName: 'ticks', to: { version }, dryRun: false, at };
    const stateMachineArn = aws.endpoints.restoreMachineArn;
    const started = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
    return (await machines.send(started)).executionArn!;
  };
  const statusOf = async (executionArn: string) =>
    (await machines.send(new DescribeExecutionCommand({ executionArn }))).status;

  const calledOff = await plan(3_600_000);
  await machines.send(new StopExecutionCommand({ executionArn: calledOff }));
  await until(async () => expect(await statusOf(calledOff)).toBe('ABORTED'));
  expect(await rows()).toEqual(['kept 6', 'mistaken 7']);

  const planned = await plan(1_000);
  expect(await statusOf(planned)).toBe('RUNNING');
  await until(async () => expect(await statusOf(planned)).toBe('SUCCEEDED'));
  expect(await rows()).toEqual(['kept 6']);
  expect(aws.metrics().find(({ name }) => name === 'RestoreRemovedFiles')).toMatchObject({ sum: 1 });
  machines.destroy();
});
