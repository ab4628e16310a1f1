import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateTableCommand, DynamoDBClient, ScanCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { bakedSettingsFile, environmentVariables, tablePrefix } from '#contract/environment.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import { esbuildBundler } from '../../lib/constructs/function-bundle.ts';
import { startDynamodb } from '../../scripts/local/dynamodb/server.ts';
import { startS3 } from '../../scripts/local/s3/server.ts';
import { rowsOfParquet } from './parquet-rows.ts';

const root = join(import.meta.dirname, '../..');
const bucket = 'lake';
const ledgerTable = 'ledger';

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
  const home = await mkdtemp(join(tmpdir(), 'alluvium-function-'));
  let asked: string[] = [];
  const servers = await Promise.all([
    startS3({ port: 0, root: join(home, 's3'), log: () => undefined }),
    startDynamodb({ port: 0, root: join(home, 'dynamodb'), interfere: (operation) => void asked.push(operation) }),
  ]);
  const [s3, dynamodb] = servers;
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    POWERTOOLS_DEV: 'false',
    [environmentVariables.source]: 'clicks',
    [environmentVariables.lakeBucket]: bucket,
    [environmentVariables.ledgerTable]: ledgerTable,
    [environmentVariables.deltaLogTable]: 'delta_log',
  });
  const client = new DynamoDBClient({});
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
  await client.send(
    new CreateTableCommand({
      TableName: ledgerTable,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const bundle = join(home, 'bundle');
  esbuildBundler(root)(folder, bundle);
  const settings = settingsSchema.parse({
    clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
    sources: { clicks: { table: 'clicks', ...source } },
    tables: { clicks: {} },
    ...more,
  });
  await writeFile(join(bundle, bakedSettingsFile), JSON.stringify({ ...settings, environment: 'local' }));
  const { handler } = await import(/* @vite-ignore */ pathToFileURL(join(bundle, 'index.mjs')).href);
  const ledger = dynamodbLedger(client, ledgerTable);
  let open = true;
  const cutOff = async () => {
    if (open) await Promise.all(servers.map((server) => server.close()));
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
          .map(async ({ path }) => rowsOfParquet(await readFile(join(home, 's3', bucket, tablePrefix(table), path)))),
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
