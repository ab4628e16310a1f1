import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Report } from '../../scripts/local/report/report.ts';
import { newDataFolder, readReport, removeDataFolder } from '../support/npm-start.ts';
import { runNpm } from './support/npm.ts';

/* `npm start` as people run it, whole, on data folders and ports of its own: it ends by itself with everything in its place. */
let folder: string;
beforeEach(() => {
  folder = newDataFolder();
});
afterEach(() => removeDataFolder(folder));

const samples = { tickers: 1_053, flights: 200_000, earthquakes: 1_703, movies: 3_201 };

/** Runs `npm start -- --once <arguments>`; its report, once it has ended well and every source balances. */
async function once(...args: string[]): Promise<Report> {
  const startedMs = Date.now();
  const { status, output } = await runNpm('start', ['--once', '--free-ports', '--data-folder', folder, ...args]);
  expect(status, output).toBe(0);
  const report = readReport(folder);
  const { chaos, freshnessMs } = report;
  console.log(`npm start -- --once ${args.join(' ')}: ${Date.now() - startedMs} ms`, { freshnessMs, chaos });
  expect(report.balanced).toBe(true);
  for (const [source, { missing, duplicated }] of Object.entries(report.sources)) {
    expect({ source, missing, duplicated }).toEqual({ source, missing: 0, duplicated: 0 });
  }
  return report;
}

test.each([1, 2, 3])('--chaos %i: processes die in their work, and nothing is lost or doubled', async (seed) => {
  const { chaos, sources } = await once('--chaos', String(seed));
  expect(chaos?.seed).toBe(seed);
  expect(chaos?.whileRunning).toBeGreaterThanOrEqual(10);
  expect(chaos?.ingest.whileRunning).toBeGreaterThanOrEqual(3);
  expect(chaos?.commit.whileRunning).toBeGreaterThanOrEqual(3);
  for (const [source, rows] of Object.entries(samples))
    expect(sources[source]?.rows, source).toBeGreaterThan(rows * 0.9);
  expect(sources.flights?.rows).toBe(samples.flights);
});

test('--events 500000: half a million generated events', async () => {
  const { sources } = await once('--events', '500000');
  expect(sources.analytics).toMatchObject({ in: 500_000, rows: 500_000, deadLetters: 0 });
});

test('--rate 5000 --seconds 60: freshness is in the report', async () => {
  const { sources, freshnessMs } = await once('--rate', '5000', '--seconds', '60');
  expect(sources.analytics).toMatchObject({ in: 300_000, rows: 300_000, deadLetters: 0 });
  expect(freshnessMs?.p50).toBeGreaterThan(0);
  expect(freshnessMs?.p99).toBeGreaterThanOrEqual(freshnessMs!.p50);
});
