import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources:
  shop:
    kinesis: { shards: 1 }
    route: { table: 'events_{type}', by: { type: type } }
    transforms: { day: "substr(at, \`0\`, \`10\`)" }
tables: { 'events_*': { partitionBy: [day, region] } }
`;

test('K7 tables are partitioned as they are made, by columns that transforms fill too', async () => {
  const world = await lakeWorld(settings);
  const event = (type: string, region: string, at: string) => ({ value: { type, region, at } });
  await world.push('shop', [
    event('order', 'eu', '2026-11-20T23:59:59Z'),
    event('visit', 'us', '2026-11-21T00:00:01Z'),
    event('order', 'us', '2026-11-21T00:00:02Z'),
  ]);
  await world.commit();
  expect(await world.rows('events_order')).toMatchObject([
    { region: 'eu', day: '2026-11-20' },
    { region: 'us', day: '2026-11-21' },
  ]);
  for (const { tableName, partitionColumns } of await world.tables()) {
    expect([tableName, partitionColumns]).toEqual([tableName, ['day', 'region']]);
  }
  const files = [...world.storeOf('events_order').objects.keys()].filter((path) => path.endsWith('.parquet'));
  expect(files.map((path) => path.split('/').slice(0, 2).join('/')).sort()).toEqual([
    'day=2026-11-20/region=eu',
    'day=2026-11-21/region=us',
  ]);
});
