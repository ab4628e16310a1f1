/**
 * `append-rows.ts <JSON of AppendRows>`: appends rows (writer, n) with n from 1, a commit each, in the way of the committer: what
 * the log's txn covers is not written again. Prints `committed n` for each. Started anew, it goes on where the log says.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { lakeOf } from '#adapters/lake/lake.ts';
import { lakePaths } from '#adapters/lake/lake-paths.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { tableSettings } from '#contract/table-settings.ts';
import type { AddFile } from '#delta/actions.ts';
import { planAppend, planCreate } from '#delta/append.ts';
import type { StructField, StructType } from '#delta/schema.ts';
import { type LogStates, latestLogState } from '#pipeline/log/table-log.ts';
import { memoryLedger } from '../../support/memory-ledger.ts';

export interface AppendRows {
  s3: { endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  dynamodb: { endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  bucket: string;
  deltaLogTable: string;
  table: string;
  logStore: 'dynamodb' | 'conditional';
  writer: string;
  /** 0: only makes the table. */
  rows: number;
}

const fields: StructField[] = [
  { name: 'writer', type: 'string', nullable: true, metadata: {} },
  { name: 'n', type: 'long', nullable: true, metadata: {} },
];
const schema: StructType = { type: 'struct', fields };

const { s3, dynamodb, bucket, deltaLogTable, table, logStore, writer, rows } = JSON.parse(
  process.argv[2] ?? '',
) as AppendRows;
const region = 'us-east-1';
const log = lakeLog(
  {
    environment: 'real',
    tables: { [table]: tableSettings.parse({ logStore }) } as Parameters<typeof lakeLog>[0]['tables'],
  },
  {
    lake: lakeOf(
      s3Objects(new S3Client({ ...s3, region, forcePathStyle: true }), bucket),
      lakePaths({ kind: 's3' }, bucket),
    ),
    items: new DynamoDBClient({ ...dynamodb, region }),
    deltaLogTable,
    ledger: memoryLedger(),
  },
)(table);
const states: LogStates = new Map();
const attempt = () => ({ txnId: randomUUID(), nowMs: Date.now(), engineInfo: 'Alluvium' });
const maxAttempts = 500;

async function fileOf(n: number): Promise<AddFile> {
  const columns = new RowColumns(fields);
  columns.append([writer, BigInt(n)]);
  const stats = statisticsOf(columns);
  const { bytes } = await encodeParquet(columns, 'snappy');
  const path = `part-${randomUUID()}.parquet`;
  await log.objects.put(path, bytes);
  return { path, partitionValues: {}, size: bytes.length, modificationTime: Date.now(), dataChange: true, stats };
}

/** Makes the table unless it is there. */
async function create(): Promise<void> {
  const made = attempt();
  const plan = { ...made, id: randomUUID(), name: table, schema, partitionColumns: [], configuration: {} };
  await log.logStore.commit(0, planCreate({ ...plan, files: [], txns: [] }), made.txnId);
}

async function append(n: number): Promise<void> {
  let file: AddFile | undefined;
  for (let tries = 0; tries < maxAttempts; tries++) {
    const state = await latestLogState(table, log, checkpointCodec, states);
    if (state === undefined) throw new Error(`expected table ${table} in ${bucket}, found none`);
    if ((state.txns.get(writer)?.version ?? 0n) >= BigInt(n)) return;
    file ??= await fileOf(n);
    const made = attempt();
    const txns = [{ appId: writer, version: BigInt(n), lastUpdated: made.nowMs }];
    const outcome = await log.logStore.commit(
      state.version + 1,
      planAppend({ ...made, state, files: [file], txns }),
      made.txnId,
    );
    if (outcome.kind === 'retryable') console.log(`retryable ${outcome.reason}`);
    else if (outcome.anomaly !== undefined) console.log(`anomaly ${outcome.anomaly} at ${state.version + 1}`);
  }
  throw new Error(`${writer}: expected row ${n} to be committed within ${maxAttempts} attempts`);
}

if (rows === 0) await create();
for (let n = 1; n <= rows; n++) {
  await append(n);
  console.log(`committed ${n}`);
}
