import { expect, test } from 'vitest';
import { tableUri } from '#contract/environment.ts';
import { commitFileName, commitPath } from '#delta/log-path.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources:
  clicks: { kinesis: { shards: 1 }, table: clicks }
  views: { kinesis: { shards: 1 }, table: views }
tables: { clicks: { logStore: dynamodb }, views: { logStore: conditional } }
`;

test('K21 commits of a table agree by DynamoDB items, or by conditional puts alone, as its `logStore` says', async () => {
  const world = await lakeWorld(settings);
  for (const source of ['clicks', 'views']) {
    for (const id of [1, 2]) {
      await world.push(source, [{ value: { id } }]);
      await world.commit();
    }
    expect(await world.rows(source)).toEqual([{ id: 1 }, { id: 2 }]);
    expect(world.storeOf(source).objects.has(commitPath(1))).toBe(true);
  }
  for (const version of [0, 1]) {
    const item = await world.entries.get(tableUri('lake', 'clicks'), commitFileName(version));
    expect(item).toMatchObject({ complete: true, tempPath: expect.stringMatching(/^\.tmp\//) });
  }
  expect(await world.entries.newest(tableUri('lake', 'views'))).toBeUndefined();
});
