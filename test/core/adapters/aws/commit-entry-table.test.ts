import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
// @ts-expect-error dynalite ships no types
import dynalite from 'dynalite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitEntryTable } from '#adapters/aws/commit-entry-table.ts';
import { commitEntriesContract } from '../../../support/commit-entries-contract.ts';
import { createKeyedTable } from '../../../support/ledger-table.ts';

const server = dynalite({ createTableMs: 0 });
let client: DynamoDBClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(async () => {
  client.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

let tables = 0;
async function freshTable(): Promise<string> {
  tables += 1;
  const TableName = `delta_log_${tables}`;
  await createKeyedTable(client, TableName, 'tablePath', 'fileName');
  return TableName;
}

commitEntriesContract('a DynamoDB table', async () => commitEntryTable(client, await freshTable()));

test('an item has the shape that S3DynamoDBLogStore reads', async () => {
  const TableName = await freshTable();
  const entries = commitEntryTable(client, TableName);
  const entry = {
    tablePath: 's3a://lake/t',
    fileName: '00000000000000000007.json',
    tempPath: '.tmp/x',
    complete: false,
  };
  await entries.putIfAbsent(entry);
  await entries.markComplete(entry, 1_700_086_400);
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { tablePath: { S: entry.tablePath }, fileName: { S: entry.fileName } } }),
  );
  expect(Item).toEqual({
    tablePath: { S: 's3a://lake/t' },
    fileName: { S: '00000000000000000007.json' },
    tempPath: { S: '.tmp/x' },
    complete: { S: 'true' },
    expireTime: { N: '1700086400' },
  });
});
