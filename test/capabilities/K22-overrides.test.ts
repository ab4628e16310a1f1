import { expect, test } from 'vitest';
import { SettingsError } from '../../lib/settings-error.ts';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { latency: 300s } }
`;

test('K22 any key of the file is overridden by -c a.b=value, nested ones and lists included', async () => {
  const overrides = [
    { key: 'tables.clicks.latency', value: '0s' },
    { key: 'tables.clicks.schema', value: '[{ name: id, type: string }, { name: day, type: date }]' },
    { key: 'tables.clicks.partitionBy', value: '[day]' },
    { key: 'sources.clicks.kinesis.shards', value: '4' },
    { key: 'functions.commit.memoryMiB', value: '512' },
  ];
  const world = await lakeWorld(settings, { overrides });
  await world.push('clicks', [{ value: { id: 'a', day: '2026-11-21' } }]);
  await world.commitRipe();
  expect(await world.rows('clicks')).toEqual([{ id: 'a', day: '2026-11-21' }]);
  const { ofType } = synthesise(world.settings);
  expect(ofType('AWS::Kinesis::Stream')[0]?.Properties.ShardCount).toBe(4);
  expect(ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.MemorySize)).toContain(512);
});

test('K22 an override that is wrong is named with its value and what was expected', async () => {
  const refused = (key: string, value: string) => lakeWorld(settings, { overrides: [{ key, value }] });
  await expect(refused('tables.clicks.latency', 'soon')).rejects.toThrow(/-c tables\.clicks\.latency: .*soon/s);
  await expect(refused('tables.clikcs.latency', '5s')).rejects.toThrow(/expected a table out of clicks; got clikcs/);
  await expect(refused('tables.clicks.latncy', '5s')).rejects.toThrow(SettingsError);
});
