import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { createKeyedTable } from '../support/ledger-table.ts';
import type { AppendRows } from './support/append-rows.ts';
import { type DynamodbLocal, installDynamodbLocal, startDynamodbLocal } from './support/dynamodb-local.ts';
import { installOlderDeltalake, installPython, olderPython, python, runPython } from './support/python.ts';
import { installVersitygw, startVersitygw, type Versitygw } from './support/versitygw.ts';

/*
 * Both ways of agreeing on versions, beside real writers of the same family, at the same time: two processes each, 100 commits
 * a process, each killed now and then. Every row of every writer must be there once.
 */
const rowsPerWriter = 100;
const bucket = 'lake';
const deltaLogTable = 'delta_log';
const support = join(import.meta.dirname, 'support');

let s3: Versitygw;
let items: DynamodbLocal;
let objects: S3Client;

beforeAll(async () => {
  await Promise.all([installVersitygw(), installDynamodbLocal(), installPython(), installOlderDeltalake()]);
  [s3, items] = await Promise.all([startVersitygw(), startDynamodbLocal()]);
  objects = new S3Client({ ...s3, region: 'us-east-1', forcePathStyle: true });
  await objects.send(new CreateBucketCommand({ Bucket: bucket }));
  const client = new DynamoDBClient({ ...items, region: 'us-east-1' });
  await createKeyedTable(client, deltaLogTable, 'tablePath', 'fileName');
  client.destroy();
}, 600_000);
afterAll(async () => {
  objects?.destroy();
  await Promise.all([s3?.stop(), items?.stop()]);
});

interface Writer {
  name: string;
  program: string;
  args: string[];
  /** Rows after which it is killed, each time once. */
  killedAt: number[];
}

/** Runs a writer to its end, killed and started again on the way. Answers the last row that it says is committed. */
async function runWriter({ name, program, args, killedAt }: Writer): Promise<number> {
  let told = 0;
  const deaths = [...killedAt];
  for (;;) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC' } });
    let output = '';
    let killed = false;
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.stdout.on('data', (chunk) => {
      output += chunk;
      for (const [, n] of output.matchAll(/^committed (\d+)$/gm)) told = Math.max(told, Number(n));
      if (!killed && deaths.length > 0 && told >= deaths[0]!) {
        deaths.shift();
        killed = child.kill('SIGKILL');
      }
    });
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (killed) continue;
    if (status !== 0) throw new Error(`${name} ended with status ${status}:\n${output.slice(-4_000)}`);
    return told;
  }
}

const ourOptions = (table: string, logStore: AppendRows['logStore'], writer: string, rows: number): string =>
  JSON.stringify({
    s3: { endpoint: s3.endpoint, credentials: s3.credentials },
    dynamodb: { endpoint: items.endpoint, credentials: items.credentials },
    ...{ bucket, deltaLogTable, table, logStore, writer, rows },
  } satisfies AppendRows);

const ours = (table: string, logStore: AppendRows['logStore'], name: string, rows = rowsPerWriter): Writer => ({
  name,
  program: process.execPath,
  args: [join(support, 'append-rows.ts'), ourOptions(table, logStore, name, rows)],
  killedAt: rows === 0 ? [] : [20, 60],
});

const storageOptions = (): Record<string, string> => ({
  AWS_ENDPOINT_URL: s3.endpoint,
  AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  AWS_REGION: 'us-east-1',
  AWS_ALLOW_HTTP: 'true',
});

const lockingOptions = (): Record<string, string> => ({
  AWS_S3_LOCKING_PROVIDER: 'dynamodb',
  DELTA_DYNAMO_TABLE_NAME: deltaLogTable,
  AWS_ENDPOINT_URL_DYNAMODB: items.endpoint,
  AWS_REGION_DYNAMODB: 'us-east-1',
  AWS_ACCESS_KEY_ID_DYNAMODB: items.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY_DYNAMODB: items.credentials.secretAccessKey,
});

const deltalake = (program: string, uri: string, options: Record<string, string>, name: string): Writer => ({
  name,
  program,
  args: ['-B', join(support, 'append_deltalake.py'), uri, JSON.stringify(options), name, String(rowsPerWriter)],
  killedAt: [30, 70],
});

interface Logged {
  /** Versions that add the file, by its path. */
  adds: Map<string, number[]>;
  /** Versions that hold the txn, by writer and number. */
  txns: Map<string, number[]>;
  versions: number;
}

/** The log as its JSON says, read without Alluvium's own replay. */
async function readLog(table: string): Promise<Logged> {
  const store = s3ObjectStore(objects, bucket, `tables/${table}`);
  const [adds, txns] = [new Map<string, number[]>(), new Map<string, number[]>()];
  const note = (in_: Map<string, number[]>, key: string, version: number) =>
    in_.set(key, [...(in_.get(key) ?? []), version]);
  for (let version = 0; ; version++) {
    const object = await store.read(`_delta_log/${String(version).padStart(20, '0')}.json`);
    if (object === undefined) return { adds, txns, versions: version };
    for (const line of new TextDecoder().decode(object.bytes).split('\n').filter(Boolean)) {
      const { add, txn } = JSON.parse(line);
      if (add !== undefined) note(adds, add.path, version);
      if (txn !== undefined) note(txns, `${txn.appId} ${txn.version}`, version);
    }
  }
}

async function expectEachRowOnce(table: string, writers: Writer[], uri: string): Promise<Logged> {
  const told = await Promise.all(writers.map(runWriter));
  for (const [index, { name }] of writers.entries()) {
    expect({ name, told: told[index] }).toEqual({ name, told: rowsPerWriter });
  }
  const numbers = Array.from({ length: rowsPerWriter }, (_, index) => [String(index + 1), 1]);
  const { rows } = await runPython<{ rows: object }>('read_writers.py', [uri, JSON.stringify(storageOptions())]);
  expect(rows).toEqual(Object.fromEntries(writers.map(({ name }) => [name, Object.fromEntries(numbers)])));
  const log = await readLog(table);
  const twice = [...log.txns].filter(([, versions]) => versions.length > 1);
  expect(twice, 'rows of ours in more than one version').toEqual([]);
  expect(log.txns.size).toBe(2 * rowsPerWriter);
  return log;
}

test('dynamodb, beside two processes of deltalake 1.6.0 with its DynamoDB log store', async () => {
  const table = 'items';
  await runWriter(ours(table, 'dynamodb', 'nobody', 0));
  const uri = `s3a://${bucket}/tables/${table}`;
  const options = { ...storageOptions(), ...lockingOptions() };
  const log = await expectEachRowOnce(
    table,
    [
      ours(table, 'dynamodb', 'ours-1'),
      ours(table, 'dynamodb', 'ours-2'),
      deltalake(olderPython, uri, options, 'theirs-1'),
      deltalake(olderPython, uri, options, 'theirs-2'),
    ],
    uri,
  );
  // deltalake 1.6.0 may write one of its own adds into two versions: a reader sees the file once.
  expect(log.adds.size).toBe(4 * rowsPerWriter);
  expect(log.versions).toBeGreaterThan(4 * rowsPerWriter);
});

test('conditional, beside two processes of deltalake 1.6.6', async () => {
  const table = 'conditional';
  await runWriter(ours(table, 'conditional', 'nobody', 0));
  const uri = `s3://${bucket}/tables/${table}`;
  const log = await expectEachRowOnce(
    table,
    [
      ours(table, 'conditional', 'ours-1'),
      ours(table, 'conditional', 'ours-2'),
      deltalake(python, uri, storageOptions(), 'theirs-1'),
      deltalake(python, uri, storageOptions(), 'theirs-2'),
    ],
    uri,
  );
  expect([...log.adds].filter(([, versions]) => versions.length > 1)).toEqual([]);
  expect(log.versions).toBe(4 * rowsPerWriter + 1);
});
