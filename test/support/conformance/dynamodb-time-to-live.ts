import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { beforeAll, expect, vi } from 'vitest';
import { type DynamodbProbe, type Fact, type Item, N, S } from './dynamodb-probe.ts';

/** Items that expire. */
export function timeToLiveFacts({ TableName, client, readers, records }: DynamodbProbe, fact: Fact): void {
  const name = `${TableName}Ttl`;
  const putIn = (item: Item) => client().send(new PutItemCommand({ TableName: name, Item: item }));
  const names = async () => {
    const { Items = [] } = await client().send(new ScanCommand({ TableName: name, ConsistentRead: true }));
    return Items.map(({ pk }) => pk?.S).sort();
  };

  beforeAll(async () => {
    await client().send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    await waitUntilTableExists({ client: client(), maxWaitTime: 20, minDelay: 1 }, { TableName: name });
  });

  fact('is off until it is switched on', async () => {
    const describe = new DescribeTimeToLiveCommand({ TableName: name });
    expect((await client().send(describe)).TimeToLiveDescription?.TimeToLiveStatus).toBe('DISABLED');
    const TimeToLiveSpecification = { AttributeName: 'expireTime', Enabled: true };
    await client().send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
    const { TimeToLiveDescription } = await client().send(describe);
    expect(TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expireTime' });
  });

  fact('deletes what has expired, by epoch seconds, and nothing else', async () => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    await putIn({ pk: S('past'), expireTime: N(nowSeconds - 60) });
    await putIn({ pk: S('future'), expireTime: N(nowSeconds + 3600) });
    await putIn({ pk: S('text'), expireTime: S(String(nowSeconds - 60)) });
    await putIn({ pk: S('never') });
    const left = ['future', 'never', 'text'];
    await vi.waitFor(async () => expect(await names()).toEqual(left), { timeout: 50_000, interval: 200 });
  });

  fact('its deletions are in the stream and say who made them', async () => {
    const at = await readers('TRIM_HORIZON', name);
    const isRemoval = ({ eventName }: StreamRecord) => eventName === 'REMOVE';
    const removals = (await records(at, (all) => all.some(isRemoval))).filter(isRemoval);
    expect(removals.map(({ dynamodb }) => dynamodb?.Keys)).toEqual([{ pk: S('past') }]);
    expect(removals[0]?.dynamodb?.OldImage?.pk).toEqual(S('past'));
    expect(removals[0]?.userIdentity).toEqual({ Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' });
  });
}
