import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tableUri } from '#contract/environment.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitFileName, commitPath, logFolder, tempCommitPath } from '#delta/log-path.ts';
import { readTrades, tradeJson } from '../../scripts/local/samples/tickers.ts';
import { lakeWorld } from '../support/capability.ts';
import { outsideAppend } from '../support/outside-append.ts';

const file = 'config/examples/flink-stock-ticker.yaml';
const settings = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
const tablePath = tableUri('lake', 'stock_prices');

test('F2 Flink and this pipeline append to one table in turns, by the items of S3DynamoDBLogStore', async () => {
  const world = await lakeWorld(settings, { file });
  const store = world.storeOf('stock_prices');
  const trades = (await readTrades()).slice(0, 20);
  const values = trades.map((trade) => tradeJson(trade));
  for (const [index, value] of values.entries()) {
    await world.push('tickers', [{ value }]);
    await world.commit();
    if (index % 5 !== 0) continue;
    const { version, actions } = await outsideAppend(store, [[BigInt(index), 'FLINK', index]], 'flink');
    const entry = { tablePath, fileName: commitFileName(version), tempPath: tempCommitPath(version, 'flink') };
    await store.put(`${logFolder}${entry.tempPath}`, serializeActions(actions));
    expect(await world.entries.putIfAbsent({ ...entry, complete: false })).toBe('created');
    await store.put(commitPath(version), serializeActions(actions));
    await world.entries.markComplete({ ...entry, complete: false }, 1_900_000_000);
  }
  const rows = await world.rows('stock_prices');
  expect(rows.filter(({ ticker }) => ticker === 'FLINK').map(({ price }) => price)).toEqual([0, 5, 10, 15]);
  expect(rows.filter(({ ticker }) => ticker !== 'FLINK')).toHaveLength(trades.length);
  expect(await world.entries.newest(tablePath)).toMatchObject({ fileName: commitFileName(23), complete: true });
});
