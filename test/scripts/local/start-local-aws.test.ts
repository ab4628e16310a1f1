import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Endpoints } from '../../../scripts/local/endpoints.ts';
import { localCredentials as credentials } from '../../../scripts/local/host/clients.ts';
import type { LocalAws } from '../../../scripts/local/local-aws.ts';
import { startLocalAws } from '../../../scripts/local/start-local-aws.ts';
import { writeSmallApp } from './small-app.ts';

const region = 'us-east-1';
const anyPorts = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };
const until = (assertion: () => void | Promise<void>) => vi.waitFor(assertion, { timeout: 20_000, interval: 25 });

interface Note {
  ingested?: string[];
  committed?: string;
}

const notesIn = (path: string): Note[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Note)
    : [];

async function putTickers(endpoint: string, values: string[]): Promise<void> {
  const client = new KinesisClient({ region, endpoint, credentials });
  const Records = values.map((value) => ({ Data: Buffer.from(value), PartitionKey: value }));
  await client.send(new PutRecordsCommand({ StreamName: 'tickers', Records }));
  client.destroy();
}

describe('a small app on a local AWS', () => {
  let folder: string;
  let notesPath: string;
  let aws: LocalAws;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'alluvium-local-'));
    notesPath = join(folder, 'notes');
    writeSmallApp(join(folder, 'assembly'), notesPath);
    aws = await startLocalAws({
      environment: 'small',
      assemblyFolder: join(folder, 'assembly'),
      dataFolder: join(folder, 'data'),
      ports: anyPorts,
    });
  });
  afterAll(async () => {
    await aws?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const committed = (): string[] => notesIn(notesPath).flatMap((note) => note.committed ?? []);
  const nameOf = (logicalId: string): string => aws.functions().find((report) => report.logicalId === logicalId)!.name;

  it('brings records of a stream and of a topic through function, table, pipe and state machine into the bucket', async () => {
    await putTickers(aws.endpoints.kinesis, ['k1', 'k2', 'k3']);
    const producer = new Kafka({ brokers: [aws.endpoints.kafka], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: 'flights', messages: [{ value: 'f1' }] });
    await producer.disconnect();
    const all = ['manifest#f1', 'manifest#k1', 'manifest#k2', 'manifest#k3'];
    await until(() => expect(committed()).toEqual(expect.arrayContaining(all)));
    const s3 = new S3Client({ region, endpoint: aws.endpoints.s3, credentials, forcePathStyle: true });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'small-lake', Prefix: 'manifest#' }));
    expect(Contents.map(({ Key }) => Key)).toEqual(all);
    s3.destroy();
    await until(async () => {
      const reports = await aws.mappings();
      expect(reports.map(({ lag, failures }) => [lag, failures])).toEqual([
        [0, 0],
        [0, 0],
      ]);
    });
    expect(aws.machines()).toEqual([expect.objectContaining({ failed: 0 })]);
  });

  it('calls what its schedule names, whose function starts an execution by the SDK’s protocol', async () => {
    await until(() => expect(committed()).toContain('swept'));
  });

  it('answers Lambda’s Invoke', async () => {
    const client = new LambdaClient({ region, endpoint: aws.endpoints.lambda, credentials });
    const good = await client.send(
      new InvokeCommand({ FunctionName: nameOf('Commit'), Payload: Buffer.from('{"pk":"by hand"}') }),
    );
    expect(good).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(good.FunctionError).toBeUndefined();
    const bad = await client.send(new InvokeCommand({ FunctionName: nameOf('Ingest'), Payload: Buffer.from('{}') }));
    expect(bad.FunctionError).toBe('Unhandled');
    expect(JSON.parse(Buffer.from(bad.Payload!).toString())).toMatchObject({ errorType: 'TypeError' });
    const later = await client.send(
      new InvokeCommand({
        FunctionName: nameOf('Commit'),
        InvocationType: 'Event',
        Payload: Buffer.from('{"pk":"later"}'),
      }),
    );
    expect(later.StatusCode).toBe(202);
    await until(() => expect(committed()).toEqual(expect.arrayContaining(['by hand', 'later'])));
    const missing = client.send(new InvokeCommand({ FunctionName: 'nobody' }));
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    client.destroy();
  });

  it('answers StartExecution, and DescribeExecution as Express machines do', async () => {
    const client = new SFNClient({ region, endpoint: aws.endpoints.stepfunctions, credentials });
    const stateMachineArn = aws.machines()[0]!.arn;
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, input: '[{"pk":"started"}]' }),
    );
    expect(executionArn).toContain(':express:');
    await until(() => expect(committed()).toContain('started'));
    const describing = client.send(new DescribeExecutionCommand({ executionArn }));
    await expect(describing).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' });
    const absent = client.send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}x` }));
    await expect(absent).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    const unreadable = client.send(new StartExecutionCommand({ stateMachineArn, input: '{' }));
    await expect(unreadable).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    client.destroy();
  });

  it('writes endpoints.json, and answers /health and /metrics', async () => {
    const written = JSON.parse(readFileSync(join(folder, 'data', 'endpoints.json'), 'utf8')) as Endpoints;
    expect(written).toEqual(aws.endpoints);
    expect(written.streams).toEqual([{ name: 'tickers' }]);
    expect(written.topics).toEqual([{ name: 'flights', partitions: 1 }]);
    expect(await (await fetch(`${aws.endpoints.metrics}/health`)).text()).toBe('ok\n');
    const metrics = await (await fetch(`${aws.endpoints.metrics}/metrics`)).text();
    expect(metrics).toContain(`local_function_invocations_total{function="${nameOf('Ingest')}"}`);
    expect((await fetch(`${aws.endpoints.metrics}/nothing`)).status).toBe(404);
  });

  it('says which port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const starting = startLocalAws({
      environment: 'small',
      assemblyFolder: join(folder, 'assembly'),
      dataFolder: join(folder, 'other'),
      ports: { ...anyPorts, kafka: port },
    });
    await expect(starting).rejects.toMatchObject({
      name: 'StartError',
      message: `port ${port} of 127.0.0.1, wanted for kafka, is taken: end what listens there, or take any free ports (--free-ports)`,
    });
    taken.close();
  });
});

describe('a local AWS that is killed', () => {
  const hosts: ChildProcess[] = [];
  afterAll(() => {
    for (const host of hosts) host.kill('SIGKILL');
  });
  const startHost = async (assembly: string, data: string): Promise<{ host: ChildProcess; endpoints: Endpoints }> => {
    const program = join(import.meta.dirname, 'host-process.ts');
    const host = spawn(process.execPath, [program, assembly, data], { stdio: ['ignore', 'pipe', 'inherit'] });
    hosts.push(host);
    for await (const line of createInterface({ input: host.stdout! })) return { host, endpoints: JSON.parse(line) };
    throw new Error('the host ended before it was ready');
  };
  const ended = (host: ChildProcess) => new Promise((resolve) => host.once('exit', resolve));

  it('goes on where it was: nothing acknowledged comes again, nothing else is lost', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'alluvium-killed-'));
    const [assembly, data, notesPath] = ['assembly', 'data', 'notes'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeSmallApp(assembly, notesPath);
    const ingested = () => notesIn(notesPath).flatMap((note) => note.ingested ?? []);
    const committed = () => notesIn(notesPath).flatMap((note) => note.committed ?? []);
    const first = await startHost(assembly, data);
    await putTickers(first.endpoints.kinesis, ['a', 'b', 'c']);
    await until(() => expect(committed()).toEqual(expect.arrayContaining(['manifest#a', 'manifest#b', 'manifest#c'])));
    const killed = ended(first.host);
    await putTickers(
      first.endpoints.kinesis,
      Array.from({ length: 100 }, (_, index) => `late${index}`),
    );
    first.host.kill('SIGKILL');
    await killed;

    const second = await startHost(assembly, data);
    const late = Array.from({ length: 100 }, (_, index) => `manifest#late${index}`);
    await until(() => expect(committed()).toEqual(expect.arrayContaining(late)));
    for (const value of ['a', 'b', 'c']) expect(ingested().filter((seen) => seen === value)).toHaveLength(1);
    const closed = ended(second.host);
    second.host.kill('SIGTERM');
    expect(await closed).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });
});
