import { describe, expect, test } from 'vitest';
import { type ExpiryMessage, expiredObjects } from '#pipeline/repair/expired-objects.ts';
import { repairExpired } from '#pipeline/repair/repair-expired.ts';
import { addFile, tableCreation } from '../../../support/actions.ts';
import { CommitWorld } from '../../../support/commit.ts';

const message = (messageId: string, ...keys: string[]): ExpiryMessage => ({
  messageId,
  body: JSON.stringify({
    Records: keys.map((key) => ({ eventName: 'LifecycleExpiration:Delete', s3: { object: { key } } })),
  }),
});

describe('messages of S3', () => {
  test('are data files by table, their keys decoded as those of a form', () => {
    const { byTable, unread } = expiredObjects([
      message('m1', 'tables/clicks/day%3D2026-11-21/a+b%2Bc+%C3%A9.parquet', 'tables/orders/x.parquet'),
      message('m2', 'tables/clicks/day=1/x%252F.parquet'),
    ]);
    expect(unread.size).toBe(0);
    expect(byTable).toEqual(
      new Map([
        [
          'clicks',
          {
            paths: new Set(['day=2026-11-21/a b+c é.parquet', 'day=1/x%2F.parquet']),
            messageIds: new Set(['m1', 'm2']),
          },
        ],
        ['orders', { paths: new Set(['x.parquet']), messageIds: new Set(['m1']) }],
      ]),
    );
  });

  test('about a log, another folder or the queue itself are nobody’s concern', () => {
    const found = expiredObjects([
      message('m1', 'tables/clicks/_delta_log/.tmp/00000000000000000001.json.x', 'other/x.parquet', 'tables/clicks'),
      { messageId: 'm2', body: '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"lake"}' },
    ]);
    expect(found).toEqual({ byTable: new Map(), unread: new Map() });
  });

  test.each([
    ['no JSON', 'expected JSON, got no JSON'],
    ['null', 'expected an S3 event with Records, got null'],
    ['{"detail":{}}', 'expected an S3 event with Records'],
    ['{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"k"}}}]}', 'got ObjectCreated:Put of k'],
    ['{"Records":[{"eventName":"LifecycleExpiration:Delete"}]}', 'LifecycleExpiration:Delete of undefined'],
    [
      '{"Records":[{"eventName":"LifecycleExpiration:Delete","s3":{"object":{"key":"%zz"}}}]}',
      'expected a percent-encoded key, got %zz',
    ],
  ])('that are something else are told apart: %s', (body, why) => {
    const { unread, byTable } = expiredObjects([{ messageId: 'm', body }]);
    expect(unread.get('m')).toContain(why);
    expect(byTable.size).toBe(0);
  });
});

test('tables are repaired one by one: of a failure only the messages that name its table come again', async () => {
  const world = new CommitWorld({ logStore: 'conditional', repair: { maxMissingRatio: 1 } });
  await world.createTable();
  await world.ledger.createTable({
    tableId: 't2',
    tableName: 'orders',
    incarnation: 'incarnation-2',
    schemaString: '{"type":"struct","fields":[]}',
    schemaVersion: 1,
    partitionColumns: [],
  });
  await world.write(0, tableCreation({ add: addFile('a.parquet') }, { add: addFile('b.parquet') }));
  await world.objects.put('b.parquet', new Uint8Array());
  const { failed, repaired, unknownTables } = await repairExpired(
    [
      message('both', 'tables/clicks/a.parquet', 'tables/orders/x.parquet'),
      message('clicks', 'tables/clicks/b.parquet'),
      message('unknown', 'tables/strangers/x.parquet'),
      { messageId: 'broken', body: '' },
    ],
    {
      ...world.ports,
      locate: () => undefined,
      logOf: (tableName) => {
        if (tableName === 'orders') throw new Error('out of order');
        return world.ports.logOf(tableName);
      },
    },
  );
  expect([...failed.keys()].sort()).toEqual(['both', 'broken']);
  expect(unknownTables).toEqual(['strangers']);
  expect(repaired).toMatchObject([{ tableName: 'clicks', result: { outcome: 'repaired', removedFiles: 1 } }]);
});
