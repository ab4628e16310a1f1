import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KinesisClient, ListStreamsCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, expect, test, vi } from 'vitest';
import { type MiniStack, startMiniStack } from './support/ministack.ts';

/*
 * Proof of wiring: the dev environment, whole, into MiniStack, by the commands of the README. All of it is accepted. What MiniStack
 * accepts and does not do, and this test therefore does not show:
 *  - filters and input templates of pipes: the commit machine is started with raw stream records of any item, which it cannot
 *    read, so that it is the sweeper, each minute, that commits (the last test holds MiniStack to this)
 *  - ReportBatchItemFailures, bisecting and retry limits of event source mappings
 *  - permissions: every role may do everything
 *  - Kafka mappings: dev has none
 */
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const stacks = ['storage', 'ingest', 'maintenance', 'commit', 'observability'].map((stack) => `alluvium-dev-${stack}`);

const started: MiniStack[] = [];
afterAll(() => Promise.all(started.map((aws) => aws.stop())));

/** A MiniStack that the CDK may deploy to. */
async function bootstrapped(): Promise<MiniStack> {
  const aws = await startMiniStack();
  started.push(aws);
  const cdk = join(root, 'node_modules/.bin/cdk');
  await run(cdk, ['bootstrap', 'aws://000000000000/us-east-1'], { cwd: tmpdir(), env: aws.environment });
  return aws;
}

/** Runs a command of the README in the repository; no terminal is there to answer the CDK's question about permissions. */
async function runsInto(aws: MiniStack, command: string): Promise<string> {
  const [program, ...args] = command.split(' ');
  const env = { ...aws.environment, CDK_REQUIRE_APPROVAL: 'never' };
  const { stdout, stderr } = await run(program!, args, { cwd: root, env, maxBuffer: 64 * 1024 ** 2 });
  return stdout + stderr;
}

/** Stacks that the CDK says it has made; its progress is on its standard error, or, where `CI` is set, on its standard output. */
const deployed = (output: string) => [...output.matchAll(/✅ {2}(\S+)$/gm)].map(([, stack]) => stack).sort();

test.each(['npm run deploy -- dev', 'npx cdk deploy -c env=dev --all'])('%s deploys every stack', async (command) => {
  const output = await runsInto(await bootstrapped(), command);
  expect(deployed(output)).toEqual([...stacks].sort());
  expect(output).not.toMatch(/_FAILED|ROLLBACK/);
});

test('a changed setting is deployed over what is there', async () => {
  const output = await runsInto(started[0]!, 'npm run deploy -- dev -c tables.clicks.latency=1s');
  expect(deployed(output)).toEqual(['alluvium-dev-commit', 'alluvium-dev-ingest', 'alluvium-dev-maintenance']);
  expect(output).not.toMatch(/_FAILED|ROLLBACK/);
});

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const clientOptions = () => ({ endpoint: started[0]!.endpoint, region: 'us-east-1', credentials });

test('a record put into the stream becomes a version of the table', async () => {
  const kinesis = new KinesisClient({ ...clientOptions(), requestHandler: new NodeHttpHandler() });
  const s3 = new S3Client({ ...clientOptions(), forcePathStyle: true });
  const { StreamNames: streams } = await kinesis.send(new ListStreamsCommand({}));
  expect(streams).toEqual(['alluvium-dev-clicks']);
  await kinesis.send(
    new PutRecordCommand({
      StreamName: 'alluvium-dev-clicks',
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

test('the sweeper has started the commit; what the pipe starts here carries raw records of any item and fails', async () => {
  const sfn = new SFNClient(clientOptions());
  const { stateMachines } = await sfn.send(new ListStateMachinesCommand({}));
  const machine = stateMachines?.find(({ name }) => name === 'alluvium-dev-commit');
  if (machine === undefined) throw new Error('expected the state machine alluvium-dev-commit, found none');
  const ended = async () => {
    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machine.stateMachineArn }));
    const seen = await Promise.all(
      executions!.map(({ executionArn }) => sfn.send(new DescribeExecutionCommand({ executionArn }))),
    );
    return seen.every(({ status }) => status !== 'RUNNING') ? seen : undefined;
  };
  const seen = (await vi.waitUntil(ended, { timeout: 120_000, interval: 500 }))!.map(({ status, input }) => ({
    status,
    records: JSON.parse(input!),
  }));
  const woken = seen.filter(({ records }) => records[0].eventSource === undefined);
  expect(woken).toContainEqual({
    status: 'SUCCEEDED',
    records: [{ pk: expect.stringMatching(/^manifest#/), at: expect.any(Number) }],
  });
  const piped = seen.filter((execution) => !woken.includes(execution));
  expect(piped.length).toBeGreaterThan(0);
  for (const { status, records } of piped) {
    expect(status).toBe('FAILED');
    for (const record of records) expect(record).toMatchObject({ eventSource: 'aws:dynamodb' });
  }
});
