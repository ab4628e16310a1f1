import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../scripts/local/report/report.ts';
import { NpmStart, newDataFolder, readReport, removeDataFolder } from '../support/npm-start.ts';
import { expectedOfSamples, readWithDeltalake, readWithSpark, type TableFigures } from './support/python.ts';

/*
 * The tables of `npm start -- --once`, opened by readers that we did not write, against rows worked out in Python from the data
 * sets alone: every row, and every column's figures. `support/rows.py` says what the figures mean.
 */
const sampled = ['stock_prices', 'flights', 'earthquakes', 'movies'] as const;
const positionColumns = ['_source', '_partition', '_position'];
const onceWithinMs = 300_000;

const folder = newDataFolder();
const rowsOf = (reader: string, table: string): string[] =>
  readFileSync(join(folder, 'rows', reader, `${table}.jsonl`), 'utf8').split('\n');

type Tables = Record<string, TableFigures>;
let report: Report;
let expected: Tables;
let read: Record<'deltalake' | 'Spark', Tables>;

beforeAll(async () => {
  const pipeline = new NpmStart(folder, ['--once']);
  await pipeline.says(/nothing missing, nothing duplicated/, onceWithinMs);
  expect(await pipeline.ended, pipeline.output).toBe(0);
  report = readReport(folder);
  const paths = Object.values(report.tables).map(({ path }) => path);
  const dataSets = join(dirname(dirname(fileURLToPath(import.meta.resolve('vega-datasets')))), 'data');
  expected = await expectedOfSamples(dataSets, join(folder, 'rows/expected'));
  const deltalake = await readWithDeltalake(paths, join(folder, 'rows/deltalake'));
  const spark = await readWithSpark(paths, join(folder, 'rows/Spark'));
  read = { deltalake, Spark: spark };
});
afterAll(() => removeDataFolder(folder));

/** Sums of doubles depend on the order of adding; all else is compared as it is. */
function expectFigures(actual: TableFigures['columns'], wanted: TableFigures['columns']): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, { about, ...exact }] of Object.entries(wanted)) {
    expect(actual[name], name).toMatchObject(exact);
    if (about !== undefined) {
      expect(Math.abs(actual[name]!.about! - about), name).toBeLessThanOrEqual(Math.abs(about) * 1e-9);
    }
  }
}

function expectSameRows(actual: string[], wanted: string[]): void {
  const first = wanted.findIndex((row, index) => row !== actual[index]);
  expect({ rows: actual.length, row: actual[first] }).toEqual({ rows: wanted.length, row: wanted[first] });
}

describe.each(['deltalake', 'Spark'] as const)('%s', (reader) => {
  test('opens every table at the version that the report names', () => {
    const found = Object.entries(read[reader]).map(([table, { version, rows }]) => [table, { version, rows }]);
    const reported = Object.entries(report.tables).map(([table, { version, rows }]) => [table, { version, rows }]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(reported));
    expect(Object.keys(report.tables).sort()).toEqual([...sampled, 'dead_letters'].sort());
  });

  test.each(sampled)('finds the rows of the input in %s, and no others', (table) => {
    expectSameRows(rowsOf(reader, table), rowsOf('expected', table));
  });

  test.each(sampled)('finds the figures of the input in the columns of %s', (table) => {
    const { rows, columns } = read[reader][table]!;
    const own = Object.entries(columns).filter(([name]) => !positionColumns.includes(name));
    expect(rows).toBe(expected[table]!.rows);
    expectFigures(Object.fromEntries(own), expected[table]!.columns);
  });
});

test('64-bit integers beyond 2^53 and decimals come back exact', () => {
  const { trade_id: ids, notional } = expected.stock_prices!.columns;
  expect(BigInt(ids!.sum!) / BigInt(ids!.known)).toBeGreaterThan(2n ** 53n);
  for (const reader of ['deltalake', 'Spark'] as const) {
    const { columns } = read[reader].stock_prices!;
    expect({ ids: columns.trade_id!.sum, notional: columns.notional!.sum }).toEqual({
      ids: ids!.sum,
      notional: notional!.sum,
    });
  }
});

test('both readers agree on all tables, dead letters and position columns included', () => {
  expect(Object.keys(read.Spark).sort()).toEqual(Object.keys(read.deltalake).sort());
  for (const [table, { rows, columns }] of Object.entries(read.deltalake)) {
    expect(read.Spark[table]!.rows, table).toBe(rows);
    expectFigures(read.Spark[table]!.columns, columns);
    expectSameRows(rowsOf('Spark', table), rowsOf('deltalake', table));
  }
});

test('every source is in its table or in the dead letters, and these hold payloads whole', () => {
  const deadLetters = Object.values(report.sources).reduce((sum, source) => sum + source.deadLetters, 0);
  expect(deadLetters).toBeGreaterThan(0);
  expect(read.Spark.dead_letters!.rows).toBe(deadLetters);
  const cutOff = Buffer.from('{"cut off": [1, 2').toString('hex');
  const payloads = rowsOf('Spark', 'dead_letters').filter((row) => row !== '');
  expect(payloads.filter((row) => JSON.parse(row).payload === cutOff)).toHaveLength(4);
});
