import { globSync } from 'node:fs';
import { afterAll, expect, test, vi } from 'vitest';
import { readTableLog } from '../../scripts/local/audit/read-log.ts';
import { readTrades } from '../../scripts/local/samples/tickers.ts';
import { duckdbRows } from '../support/duckdb.ts';
import { NpmStart, newDataFolder, readReport, removeDataFolder } from '../support/npm-start.ts';

/* SIGKILL in mid-stream, first to the host alone, then to everything, and on from what is on the disk. */
const folder = newDataFolder();
const samples = 5_000;
const events = 20_000;
let last: NpmStart | undefined;
afterAll(async () => {
  await last?.ended;
  removeDataFolder(folder);
});

const start = (...args: string[]): NpmStart => {
  last = new NpmStart(folder, ['--once', '--samples', String(samples), ...args]);
  return last;
};

const commits = (): number => globSync('lake/*/tables/*/_delta_log/*.json', { cwd: folder }).length;

/** Waits for the next version of any table on the disk: all others still wait for theirs, and the audit for them all. */
async function nextCommit(): Promise<void> {
  const before = commits();
  await vi.waitUntil(() => commits() > before, { timeout: 180_000, interval: 10 });
}

const sum = (values: bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

test('killed in mid-stream twice and started again, every sample and event is there once, and exact', async () => {
  const first = start('--events', String(events));
  await nextCommit();
  first.kill('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  expect(first.output).not.toContain('Audit');

  const second = start();
  await nextCommit();
  second.killAll('SIGKILL');
  expect(await second.ended).toBe('SIGKILL');

  const third = start();
  expect(await third.ended, third.output).toBe(0);
  const { sources, tables, balanced } = readReport(folder);
  expect(balanced).toBe(true);
  for (const [source, { missing, duplicated, strayed, rows, deadLetters, dropped, in: read }] of Object.entries(
    sources,
  )) {
    expect({ source, missing, duplicated, strayed }).toEqual({ source, missing: 0, duplicated: 0, strayed: 0 });
    expect(rows + deadLetters + dropped.tombstones, source).toBe(read);
  }
  const trades = (await readTrades()).slice(0, samples);
  expect(sources).toMatchObject({
    tickers: { table: 'stock_prices', rows: samples, dropped: { tombstones: 0 } },
    flights: { table: 'flights', in: samples + 11, rows: samples, dropped: { tombstones: 2 } },
    analytics: { table: 'analytics_events', in: events, rows: events, deadLetters: 0 },
  });

  const { path } = tables.stock_prices!;
  const { files } = (await readTableLog(path))!;
  const paths = files.map((file) => `'${file.path}'`).join(', ');
  const [sums] = await duckdbRows(
    `SELECT sum(trade_id)::VARCHAR, (sum(notional) * 1000000)::DECIMAL(38,0)::VARCHAR FROM read_parquet([${paths}])`,
  );
  expect(sums).toEqual([
    `${sum(trades.map(({ tradeId }) => tradeId))}`,
    `${sum(trades.map(({ notional }) => BigInt(notional.replace('.', ''))))}`,
  ]);
});
