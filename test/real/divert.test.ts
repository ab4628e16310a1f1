import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DuckDBInstance } from '@duckdb/node-api';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { commitEntryTable } from '#adapters/aws/commit-entry-table.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { tablePrefix, tableUri } from '#contract/environment.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { loadLogState } from '#delta/log-state.ts';
import { parseSchema, serializeSchema } from '#delta/schema.ts';
import { transact } from '#delta/transact.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import type { TableLog } from '#pipeline/log/table-log.ts';
import { audit } from '../../scripts/local/audit/audit.ts';
import { readTableLog } from '../../scripts/local/audit/read-log.ts';
import { type Clients, clientsOf, destroyClients, localCredentials } from '../../scripts/local/host/clients.ts';
import type { LocalAws } from '../../scripts/local/local-aws.ts';
import { openFeeds } from '../../scripts/local/producers/feed.ts';
import { startLocalAws } from '../../scripts/local/start-local-aws.ts';
import { synthesise } from '../../scripts/local/templates/synthesise.ts';

/* Another writer gives a table a column with another type than staged rows have: those become dead letters, and commits go on. */
const anyPorts = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };
/** Staged rows wait so long for their commit, which is the time that the other writer has. */
const overrides = { 'tables.flights.latency': '5s' };
const withinMs = 120_000;
const until = <Found>(look: () => Promise<Found>) => vi.waitFor(look, { timeout: 40_000, interval: 100 });

let folder: string;
let aws: LocalAws;
let clients: Clients;
let ledger: Ledger;
let flights: TableLog;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'divert-'));
  const assemblyFolder = join(folder, 'cdk.out');
  await synthesise('local', assemblyFolder, overrides);
  aws = await startLocalAws({ environment: 'local', dataFolder: folder, assemblyFolder, ports: anyPorts });
  const { region, ledgerTable, deltaLogTable, lakeBucket } = aws.endpoints;
  clients = clientsOf(aws.endpoints, region);
  ledger = dynamodbLedger(clients.dynamodb, ledgerTable!);
  const store = s3ObjectStore(clients.s3, lakeBucket!, tablePrefix('flights'));
  const logStore = dynamodbLogStore({
    store,
    entries: commitEntryTable(clients.dynamodb, deltaLogTable!),
    tablePath: tableUri(lakeBucket!, 'flights'),
    ids: randomUUID,
    clock: Date.now,
  });
  flights = { objects: store, logStore };
}, withinMs);
afterAll(async () => {
  if (clients !== undefined) destroyClients(clients);
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

async function push(...values: object[]): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [aws.endpoints.kafka], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: 'flights', messages: values.map((value) => ({ value: JSON.stringify(value) })) });
  await producer.disconnect();
}

const tablePath = (table: string) => join(folder, 'lake', aws.endpoints.lakeBucket!, 'tables', table);

async function rowsOf(table: string, columns: string): Promise<unknown[]> {
  const log = await readTableLog(tablePath(table));
  if (log === undefined || log.files.length === 0) return [];
  const connection = await (await DuckDBInstance.create()).connect();
  const paths = log.files.map(({ path }) => `'${path}'`).join(', ');
  const read = await connection.runAndReadAll(
    `SELECT ${columns} FROM read_parquet([${paths}], union_by_name = true) ORDER BY ALL`,
  );
  return read.getRowObjectsJson();
}

const stateOfFlights = async () => {
  const state = await loadLogState(flights.objects, checkpointCodec);
  if (state === undefined) throw new Error('expected a log of flights, found none');
  return state;
};

/** One version by a writer of the same family that knows nothing of the ledger: a new column, and no rows. */
async function addColumn(name: string, type: string): Promise<void> {
  const outcome = await transact(
    flights,
    await stateOfFlights(),
    {
      reads: { kind: 'nothing' },
      plan({ metaData }, { txnId, nowMs }) {
        const schema = parseSchema(metaData.schemaString);
        const fields = [...schema.fields, { name, type, nullable: true, metadata: {} }];
        return [
          { commitInfo: { operation: 'ADD COLUMNS', timestamp: nowMs, txnId } },
          { metaData: { ...metaData, schemaString: serializeSchema({ ...schema, fields }) } },
        ];
      },
    },
    { nowMs: Date.now, txnId: randomUUID, engineInfo: 'another writer' },
  );
  expect(outcome.kind).toBe('committed');
}

/** What its schedule does each minute. */
async function sweep(): Promise<void> {
  const { region, lambda: endpoint } = aws.endpoints;
  const client = new LambdaClient({ region, endpoint, credentials: localCredentials });
  await client.send(new InvokeCommand({ FunctionName: 'alluvium-local-sweep' }));
  client.destroy();
}

test('staged rows that contradict a column of another writer become dead letters, and the audit balances', {
  timeout: withinMs,
}, async () => {
  await push({ id: 1 });
  await until(async () => expect(await rowsOf('flights', 'id')).toEqual([{ id: '1' }]));

  const table = (await ledger.tableNamed('flights'))!;
  const staged = () => ledger.manifestsOf(table.tableId);
  await until(async () => expect(await staged()).toEqual([]));

  await push({ id: 2, note: 'text' }, { id: 3 });
  const stagedRows = async () =>
    (await staged()).flatMap(({ ranges }) => ranges).reduce((sum, { rows }) => sum + rows, 0);
  await until(async () => expect(await stagedRows()).toBe(2));
  await addColumn('note', 'long');
  const versionOfWriter = (await stateOfFlights()).version;
  await until(async () => expect(await rowsOf('dead_letters', 'error')).toEqual([{ error: 'SchemaConflict' }]));

  await sweep();
  await until(async () => expect(await rowsOf('flights', 'id')).toEqual([{ id: '1' }, { id: '3' }]));
  expect((await stateOfFlights()).version).toBeGreaterThan(versionOfWriter);

  await push({ id: 4, note: 'text too late' }, { id: 5, note: 7 });
  await until(async () =>
    expect(await rowsOf('flights', 'id, note')).toEqual([
      { id: '1', note: null },
      { id: '3', note: null },
      { id: '5', note: '7' },
    ]),
  );

  const letters = await until(async () => {
    const found = await rowsOf('dead_letters', 'error, decode(payload) AS payload');
    expect(found).toHaveLength(2);
    return found as { error: string; payload: string }[];
  });
  const refused = letters.map(({ error, payload }) => ({ error, ...JSON.parse(payload) }));
  expect(refused.sort((a, b) => a.id - b.id)).toMatchObject([
    { error: 'SchemaConflict', id: 2, note: 'text' },
    { error: 'TypeMismatch', id: 4, note: 'text too late' },
  ]);

  await until(async () => expect(await staged()).toEqual([]));
  const { feeds, close } = openFeeds(aws.endpoints);
  const tablesFolder = tablePath('');
  const found = await audit(feeds, { tablesFolder, spillFolder: join(folder, 'audit'), sinceMs: 0 });
  close();
  expect(found).toMatchObject({
    balanced: true,
    sources: { flights: { in: 5, rows: 3, deadLetters: 2, missing: 0, duplicated: 0, strayed: 0 } },
  });
});
