import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KinesisClient, ListStreamsCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MiniStack, startMiniStack } from './support/ministack.ts';

/*
 * Proof of wiring: the dev environment, whole, into MiniStack. What MiniStack lacks, and this test therefore does not show:
 *  - alarms on metric math: the observability stack is refused, with just that reason
 *  - filters and input templates of pipes: the commit machine is started with raw stream records, which it cannot read, so that it
 *    is the sweeper, each minute, that commits
 *  - ReportBatchItemFailures, bisecting and retry limits of event source mappings
 *  - Kafka mappings: dev has none
 */
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const cdk = join(root, 'node_modules/aws-cdk/bin/cdk');
const stacks = ['storage', 'ingest', 'maintenance', 'commit'].map((stack) => `alluvium-dev-${stack}`);

let aws: MiniStack;
let output: string;

beforeAll(async () => {
  aws = await startMiniStack();
  output = mkdtempSync(join(tmpdir(), 'cdk-out-'));
  const options = { env: aws.environment, maxBuffer: 64 * 1024 ** 2 };
  await run(process.execPath, [cdk, 'bootstrap', 'aws://000000000000/us-east-1'], { ...options, cwd: tmpdir() });
});
afterAll(() => aws?.stop());

/** The CDK's progress is on its standard error, or, where `CI` is set, on its standard output. */
const deploy = (names: string[]) =>
  run(
    process.execPath,
    [
      cdk,
      'deploy',
      ...names,
      '-c',
      'env=dev',
      '-c',
      'tables.clicks.latency=1s',
      '--output',
      output,
      '--require-approval',
      'never',
    ],
    { cwd: root, env: aws.environment, maxBuffer: 64 * 1024 ** 2 },
  );

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const clientOptions = () => ({ endpoint: aws.endpoint, region: 'us-east-1', credentials });

test('the dev environment deploys', async () => {
  const { stdout, stderr } = await deploy(stacks);
  for (const stack of stacks) expect(stdout + stderr).toContain(`✅  ${stack}`);
});

test('its observability stack fails for nothing but metric math', async () => {
  const failure = await deploy(['alluvium-dev-observability']).then(
    () => 'deployed',
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  );
  const reasons = failure.split('\n').filter((line) => line.includes('CREATE_FAILED'));
  expect(failure === 'deployed' || (reasons.length > 0 && reasons.every((line) => line.includes('metric math')))).toBe(
    true,
  );
});

test('a record put into the stream becomes a version of the table', async () => {
  const kinesis = new KinesisClient({ ...clientOptions(), requestHandler: new NodeHttpHandler() });
  const s3 = new S3Client({ ...clientOptions(), forcePathStyle: true });
  const { StreamNames: streams } = await kinesis.send(new ListStreamsCommand({}));
  const stream = streams?.find((name) => name.includes('clicks'));
  if (stream === undefined) throw new Error(`expected a stream for clicks, found ${streams?.join(', ') || 'none'}`);
  await kinesis.send(
    new PutRecordCommand({
      StreamName: stream,
      PartitionKey: 'a',
      Data: Buffer.from('{"page":"/","ms":9007199254740993}'),
    }),
  );

  const { Buckets: buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const bucket = buckets.map(({ Name }) => Name!).find((name) => name.includes('lake'));
  if (bucket === undefined) throw new Error('expected the bucket of the lake, found none');
  const key = 'tables/clicks/_delta_log/00000000000000000000.json';
  const deadlineMs = Date.now() + 240_000;
  for (;;) {
    const { Contents: objects = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'tables/clicks/' }),
    );
    if (objects.some(({ Key }) => Key === key)) break;
    if (Date.now() > deadlineMs) {
      throw new Error(
        `expected ${key} within 4 minutes, found ${objects.map(({ Key }) => Key).join(', ') || 'nothing'}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const log = await body!.transformToString();
  expect(log).toContain('"numRecords\\":1');
  expect(log).toContain('9007199254740993');
});
