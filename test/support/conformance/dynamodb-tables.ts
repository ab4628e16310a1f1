import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { type DynamodbProbe, type Fact, nameOf, S } from './dynamodb-probe.ts';

/** Tables: made, described, listed, made anew. */
export function tableFacts({ TableName, client, key }: DynamodbProbe, fact: Fact): void {
  fact('a table tells its ARN and its latest stream', async () => {
    const { Table } = await client().send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableName,
      TableStatus: 'ACTIVE',
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
    });
    expect(Table?.TableArn).toMatch(new RegExp(`^arn:aws:dynamodb:[^:]+:\\d{12}:table/${TableName}$`));
    expect(Table?.LatestStreamArn).toMatch(new RegExp(`:table/${TableName}/stream/\\d{4}-\\d\\d-\\d\\dT`));
  });

  fact('a table is listed, and cannot be made twice', async () => {
    expect((await client().send(new ListTablesCommand({}))).TableNames).toContain(TableName);
    const again = new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    expect(await nameOf(client().send(again))).toBe('ResourceInUseException');
  });

  fact('a table that is not there is ResourceNotFoundException', async () => {
    const missing = new GetItemCommand({ TableName: 'NotThere', Key: key('a') });
    expect(await nameOf(client().send(missing))).toBe('ResourceNotFoundException');
  });

  const create = async (name: string): Promise<string | undefined> => {
    const create = new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    const { TableDescription } = await client().send(create);
    await waitUntilTableExists({ client: client(), maxWaitTime: 20, minDelay: 1 }, { TableName: name });
    return TableDescription?.TableId;
  };

  fact('a deleted and recreated table is empty', async () => {
    const name = `${TableName}Again`;
    await create(name);
    await client().send(new PutItemCommand({ TableName: name, Item: { pk: S('a') } }));
    await client().send(new DeleteTableCommand({ TableName: name }));
    await create(name);
    expect((await client().send(new ScanCommand({ TableName: name, ConsistentRead: true }))).Items).toEqual([]);
  });

  fact('a recreated table has another id', async () => {
    const name = `${TableName}Id`;
    const first = await create(name);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    await client().send(new DeleteTableCommand({ TableName: name }));
    expect(await create(name)).not.toBe(first);
  });
}
