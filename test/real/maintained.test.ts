import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { loadLogState } from '#delta/log-state.ts';
import { cleanedTables } from './support/cleaned-tables.ts';
import { coalescedTables } from './support/coalesced-tables.ts';
import type { ExpectedRow } from './support/maintained-table.ts';
import { maintainedTables } from './support/maintained-tables.ts';
import { readWithDeltalake, readWithSpark, type TableFigures } from './support/python.ts';
import { widenedTables } from './support/widened-tables.ts';

/*
 * What our operations make of tables, row by row as readers see it that we did not write: after each operation the rows are
 * those that were appended and are still there, neither fewer nor twice.
 */
const readers = ['deltalake', 'Spark'] as const;
const folder = mkdtempSync(join(tmpdir(), 'alluvium-maintained-'));
const pathOf = (name: string) => join(folder, 'tables', name);
const tables = [...maintainedTables, ...widenedTables, ...cleanedTables, ...coalescedTables];
const earlier = tables.flatMap(({ name, earlier: versions = {} }) =>
  Object.entries(versions).map(([version, rows]) => ({ name: `${name}@v${version}`, version: Number(version), rows })),
);

type Reader = (typeof readers)[number];
const isReadBy =
  (reader: Reader) =>
  ({ name }: { name: string }): boolean =>
    tables.find((table) => table.name === name)?.readers?.includes(reader) ?? true;

const expected = new Map<string, readonly ExpectedRow[]>();
const versions = new Map<string, number>();
let read: Record<(typeof readers)[number], Record<string, TableFigures>>;

beforeAll(async () => {
  for (const { name, prepare } of tables) {
    const store = fileObjectStore(pathOf(name));
    expected.set(name, await prepare(store));
    versions.set(name, (await loadLogState(store, checkpointCodec))!.version);
  }
  for (const { name, version, rows } of earlier) {
    expected.set(name, rows);
    versions.set(name, version);
  }
  const conditions = tables.flatMap(({ name, where }) => (where === undefined ? [] : [{ name, ...where }]));
  for (const { name, rows } of conditions) expected.set(`${name}@where`, rows);
  const pathsOf = (reader: Reader) => [
    ...[...tables, ...earlier].filter(isReadBy(reader)).map(({ name }) => pathOf(name)),
    ...conditions.filter(isReadBy(reader)).map(({ name, sql }) => `${pathOf(name)}@where=${sql}`),
  ];
  read = {
    deltalake: await readWithDeltalake(pathsOf('deltalake'), join(folder, 'rows/deltalake')),
    Spark: await readWithSpark(pathsOf('Spark'), join(folder, 'rows/Spark')),
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One line a row, whatever the order of rows and members. */
const lines = (rows: readonly ExpectedRow[]): string[] => rows.map((row) => JSON.stringify(ordered(row))).sort();

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
}

const rowsRead = (reader: string, name: string): ExpectedRow[] =>
  readFileSync(join(folder, 'rows', reader, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe.each(readers)('%s', (reader) => {
  test.each([...tables, ...earlier].filter(isReadBy(reader)).map(({ name }) => name))(
    'reads the rows of %s',
    (name) => {
      expect(lines(rowsRead(reader, name))).toEqual(lines(expected.get(name)!));
      expect(read[reader][name]!.version).toBe(versions.get(name));
    },
  );

  test.each(tables.filter(isReadBy(reader)).filter(({ where }) => where !== undefined))(
    'finds what is asked for in $name',
    ({ name, where }) => {
      expect(lines(rowsRead(reader, `${name}@where`))).toEqual(lines(where!.rows));
      if (reader === 'Spark') expect(read.Spark[`${name}@where`]!.files).toBe(where!.files);
    },
  );
});
