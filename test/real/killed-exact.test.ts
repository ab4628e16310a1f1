import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTableLog } from '../../scripts/local/audit/read-log.ts';
import { readTrades } from '../../scripts/local/samples/tickers.ts';
import { NpmStart, readReport } from '../end-to-end/npm-start.ts';

const withinMs = 240_000;
let dataFolder: string;
let running: NpmStart[];

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'npm-start-'));
  running = [];
});
afterEach(async () => {
  for (const each of running) each.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await rm(dataFolder, { recursive: true, force: true });
});

function start(...args: string[]): NpmStart {
  const started = new NpmStart(dataFolder, args);
  running.push(started);
  return started;
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const clean = { missing: 0, duplicated: 0, strayed: 0 };
const perSource = 300;
const events = 20_000;

test('killed in mid-stream and started again, every sample is there once, and exact', {
  timeout: withinMs,
}, async () => {
  const samples = ['--samples', `${perSource}`];
  const first = start(...samples, '--events', `${events}`);
  await first.says(/committed [1-9]/);
  first.kill('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');

  const second = start('--once', ...samples);
  expect(await second.ended, second.output).toBe(0);
  const { sources, tables, balanced } = await readReport(dataFolder);
  expect(balanced).toBe(true);
  for (const source of Object.values(sources)) {
    expect(source).toMatchObject(clean);
    expect(source.rows + source.deadLetters + source.dropped.tombstones).toBe(source.in);
  }
  expect(sources).toMatchObject({
    tickers: { table: 'stock_prices', rows: perSource, dropped: { tombstones: 0 } },
    flights: { table: 'flights', rows: perSource, dropped: { tombstones: 2 } },
    analytics: { table: 'analytics_events', in: events, rows: events, deadLetters: 0 },
  });

  const trades = (await readTrades()).slice(0, perSource);
  const { files } = (await readTableLog(tables.stock_prices!.path))!;
  const paths = files.map(({ path }) => `'${path}'`).join(', ');
  const [sums] = await query(
    `SELECT sum(trade_id)::VARCHAR AS ids, sum(notional)::VARCHAR AS notional FROM read_parquet([${paths}])`,
  );
  const sumOf = (values: bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);
  const millionths = sumOf(trades.map(({ notional }) => BigInt(notional.replace('.', '')))).toString();
  expect(sums).toEqual({
    ids: sumOf(trades.map(({ tradeId }) => tradeId)).toString(),
    notional: `${millionths.slice(0, -6)}.${millionths.slice(-6)}`,
  });
});
