import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { environmentVariables, tablePrefix } from '#contract/environment.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import { importBundle, lakeBucket, ledgerTable, startServersOfFunction } from './bundled-function.ts';
import { createLedgerTable } from './ledger-table.ts';
import { rowsOfParquet } from './parquet-rows.ts';

export interface IngestFunction<Event, Response> {
  /** The folder that holds its bundle. */
  bundle: string;
  handler(event: Event): Promise<Response>;
  /** Rows of all staged files of a table. */
  rows(table: string): Promise<Record<string, unknown>[]>;
  cursors(): Promise<(string | undefined)[]>;
  ledger: Ledger;
  /** Leaves the ledger's partition with this key more than six seconds' worth of units behind. */
  heat(pk: string): Promise<void>;
  /** Operations that the ledger has been asked for since the last call, refused ones included. */
  asked(): string[];
  /** From here on, nothing answers. */
  cutOff(): Promise<void>;
  close(): Promise<void>;
}

/** The function's real bundle, over a real S3 and DynamoDB of this machine. One for each process: it reads the environment. */
export async function startIngestFunction<Event, Response>(
  folder: string,
  source: object,
  more: { registries?: object } = {},
): Promise<IngestFunction<Event, Response>> {
  let asked: string[] = [];
  const variables = { [environmentVariables.source]: 'clicks' };
  const { home, ...servers } = await startServersOfFunction(variables, (operation) => void asked.push(operation));
  const client = new DynamoDBClient({});
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: lakeBucket }));
  await createLedgerTable(client, ledgerTable);
  const settings = settingsSchema.parse({
    clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
    sources: { clicks: { table: 'clicks', ...source } },
    tables: { clicks: {} },
    ...more,
  });
  const { bundle, handler } = await importBundle(folder, home, settings);
  const ledger = dynamodbLedger(client, ledgerTable);
  let open = true;
  const cutOff = async () => {
    if (open) await Promise.all([servers.s3.close(), servers.dynamodb.close()]);
    open = false;
  };
  return {
    bundle,
    // Each invocation gets an event of its own.
    handler: (event) => handler(structuredClone(event)),
    ledger,
    async rows(table) {
      const found = await ledger.tableNamed(table);
      const manifests = found === undefined ? [] : await ledger.manifestsOf(found.tableId);
      const rows = await Promise.all(
        manifests
          .flatMap(({ files }) => files)
          .map(async ({ path }) =>
            rowsOfParquet(await readFile(join(home, 's3', lakeBucket, tablePrefix(table), path))),
          ),
      );
      return rows.flat();
    },
    async cursors() {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: ledgerTable, ConsistentRead: true }));
      return Items.filter(({ sk }) => sk?.S === 'cursor').map(({ pk, position }) => `${pk?.S} ${position?.S}`);
    },
    async heat(pk) {
      const pad = { S: 'x'.repeat(390_000) };
      const puts = Array.from({ length: 10 }, (_, index) => ({
        Put: { TableName: ledgerTable, Item: { pk: { S: pk }, sk: { S: `${index}` }, pad } },
      }));
      await client.send(new TransactWriteItemsCommand({ TransactItems: puts }));
    },
    asked() {
      const operations = asked;
      asked = [];
      return operations;
    },
    cutOff,
    async close() {
      await cutOff();
      client.destroy();
      await rm(home, { recursive: true });
    },
  };
}
