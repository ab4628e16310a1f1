import { BatchGetItemCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { ledgerReads } from '#adapters/aws/ledger-reads.ts';
import { cursorKey } from '#contract/ledger-items.ts';

const client = new DynamoDBClient({ region: 'us-east-1' });
const dynamodb = mockClient(client);
const key = (name: string) => cursorKey(`clicks/${name}`);
const item = (name: string) => ({ pk: { S: key(name).pk }, sk: { S: key(name).sk }, body: { S: name } });

beforeEach(() => {
  dynamodb.reset();
});

test('what is asked for at one time is one request, each key once, and everyone gets his own', async () => {
  dynamodb.on(BatchGetItemCommand).resolves({ Responses: { ledger: [item('b'), item('a')] } });
  const read = ledgerReads(client, 'ledger');
  const found = await Promise.all(['a', 'b', 'none', 'a'].map((name) => read(key(name))));
  expect(found).toEqual([item('a'), item('b'), undefined, item('a')]);
  expect(dynamodb.commandCalls(BatchGetItemCommand).map(({ args }) => args[0].input)).toEqual([
    {
      RequestItems: {
        ledger: {
          Keys: ['a', 'b', 'none'].map((name) => ({ pk: item(name).pk, sk: item(name).sk })),
          ConsistentRead: true,
        },
      },
    },
  ]);
});

test('a key alone is got by itself, consistently, and read anew each time', async () => {
  dynamodb
    .on(GetItemCommand)
    .resolvesOnce({ Item: item('a') })
    .resolves({});
  const read = ledgerReads(client, 'ledger');
  expect(await read(key('a'))).toEqual(item('a'));
  expect(await read(key('a'))).toBeUndefined();
  expect(dynamodb.commandCalls(GetItemCommand).map(({ args }) => args[0].input.ConsistentRead)).toEqual([true, true]);
});

test('keys that a throttled partition leaves out are asked for again by themselves', async () => {
  const { pk, sk } = item('b');
  dynamodb
    .on(BatchGetItemCommand)
    .resolves({ Responses: { ledger: [item('a')] }, UnprocessedKeys: { ledger: { Keys: [{ pk, sk }] } } })
    .on(GetItemCommand)
    .resolves({ Item: item('b') });
  const read = ledgerReads(client, 'ledger');
  expect(await Promise.all([read(key('a')), read(key('b'))])).toEqual([item('a'), item('b')]);
});

test('more keys than a request takes are several', async () => {
  dynamodb
    .on(BatchGetItemCommand)
    .callsFake(({ RequestItems }) => ({ Responses: { ledger: RequestItems.ledger.Keys } }));
  const read = ledgerReads(client, 'ledger');
  const names = Array.from({ length: 250 }, (_, index) => String(index));
  const found = await Promise.all(names.map((name) => read(key(name))));
  expect(found.map((each) => each?.pk?.S)).toEqual(names.map((name) => key(name).pk));
  const sizes = dynamodb
    .commandCalls(BatchGetItemCommand)
    .map(({ args }) => args[0].input.RequestItems?.ledger?.Keys?.length);
  expect(sizes).toEqual([100, 100, 50]);
});

test('a request that fails fails for everyone who waits for it', async () => {
  dynamodb.on(BatchGetItemCommand).rejects(new Error('DynamoDB is away'));
  const read = ledgerReads(client, 'ledger');
  const settled = await Promise.allSettled([read(key('a')), read(key('b'))]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
