import { expect, test } from 'vitest';
import { SettingsError } from '../../lib/settings-error.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { latency: 300s } }
`;

test('K22 an override that is wrong is named with its value and what was expected', async () => {
  const refused = (key: string, value: string) => lakeWorld(settings, { overrides: [{ key, value }] });
  await expect(refused('tables.clicks.latency', 'soon')).rejects.toThrow(/-c tables\.clicks\.latency: .*soon/s);
  await expect(refused('tables.clikcs.latency', '5s')).rejects.toThrow(/expected a table out of clicks; got clikcs/);
  await expect(refused('tables.clicks.latncy', '5s')).rejects.toThrow(SettingsError);
});
