import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AuditedSource, audit } from '../../../../scripts/local/audit/audit.ts';
import type { SourcePosition } from '../../../../scripts/local/sources/source-position.ts';

const arrivedMs = Date.UTC(2026, 0, 1);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Adds a version to a table: one Parquet file of rows at the given places, visible `visibleAfterMs` after the arrival. */
async function commit(
  table: string,
  version: number,
  places: readonly string[],
  { visibleAfterMs = 1_000, removes = [] as string[], commitInfo = {} } = {},
): Promise<string> {
  const name = `p%3D=a b/part ${version}.parquet`;
  const path = join(folder, table, name);
  await mkdir(dirname(path), { recursive: true });
  const rows = places
    .map((place) => place.split(' '))
    .map(([source, partition, position]) => `('${source}', '${partition}', '${position}')`);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) t(_source, _partition, _position)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  const encoded = encodeURI(name);
  const log = join(folder, table, '_delta_log', `${String(version).padStart(20, '0')}.json`);
  await mkdir(dirname(log), { recursive: true });
  const actions = [{ commitInfo }, ...removes.map((gone) => ({ remove: { path: gone } })), { add: { path: encoded } }];
  await writeFile(log, actions.map((action) => `${JSON.stringify(action)}\n`).join(''));
  const visible = new Date(arrivedMs + visibleAfterMs);
  await utimes(log, visible, visible);
  return encoded;
}

/** A source of one table `events`; a place ending in `!` is a tombstone. */
const source = (name: string, places: readonly string[], dropsTombstones = true): AuditedSource => ({
  name,
  ...{ table: 'events', deadLetterTable: 'dead_letters', filters: false, dropsTombstones },
  read: async (take) => {
    const positions: SourcePosition[] = places.map((place) => {
      const [partition, position] = place.replace('!', '').split(' ') as [string, string];
      return { partition, position, arrivalMs: arrivedMs, key: undefined, tombstone: place.endsWith('!') };
    });
    take(positions.slice(0, 1));
    take(positions.slice(1));
  },
});

const run = (...sources: AuditedSource[]) =>
  audit(sources, { tablesFolder: folder, spillFolder: join(folder, 'spill'), sinceMs: arrivedMs });

const clean = { missing: 0, duplicated: 0, strayed: 0 };

test('balances rows, dead letters and dropped tombstones, and measures freshness by what appeared when', async () => {
  await commit('events', 0, ['a 0 0', 'a 0 1'], { visibleAfterMs: 1_000 });
  await commit('events', 1, ['a 1 0'], { visibleAfterMs: 3_000 });
  await commit('dead_letters', 0, ['a 0 2'], { visibleAfterMs: 1_000 });
  const found = await run(source('a', ['0 0', '0 1', '0 2', '0 3!', '1 0']));
  expect(found.sources.a).toEqual({ in: 5, rows: 3, deadLetters: 1, dropped: { tombstones: 1 }, ...clean });
  expect(found.tables.events).toEqual({ path: join(folder, 'events'), version: 1, files: 2, rows: 3 });
  expect(found.freshnessMs).toEqual({ p50: 1_000, p99: 2_940 });
  expect(found).toMatchObject({ balanced: true, findings: [] });
});

test('of a route, rows may be in any of its tables, dead letters in their own, and what is nowhere may be left out', async () => {
  await commit('events_a', 0, ['a 0 0']);
  await commit('events_b', 0, ['a 0 1', 'a 0 4']);
  await commit('events_broken', 0, ['a 0 2']);
  await commit('others', 0, ['a 0 4']);
  const routed = {
    ...source('a', ['0 0', '0 1', '0 2', '0 3', '0 4']),
    ...{ table: 'events_{type}', deadLetterTable: 'events_broken' },
  };
  const counts = { in: 5, rows: 3, deadLetters: 1, duplicated: 0, strayed: 1 };
  expect((await run(routed)).sources.a).toEqual({ ...counts, dropped: { tombstones: 0 }, missing: 1 });
  const filtering = { ...routed, filters: true };
  expect((await run(filtering)).sources.a).toEqual({ ...counts, dropped: { tombstones: 0, filtered: 1 }, missing: 0 });
});

test('a dead letter that was redriven is a row besides; one that is not told of is a duplicate', async () => {
  await commit('dead_letters', 0, ['a 0 0', 'a 0 1']);
  await commit('events', 0, ['a 0 0', 'a 0 1']);
  const entry = '_redrive/a/0/first.json';
  const ranges = [
    { sourcePartition: 'a/0', rows: 1 },
    { sourcePartition: 'redrive/a/0', rows: 1, redriven: entry },
  ];
  await commit('events', 1, ['a 0 2'], { commitInfo: { alluvium: { ranges } } });
  await mkdir(dirname(join(folder, 'dead_letters', entry)), { recursive: true });
  await writeFile(
    join(folder, 'dead_letters', entry),
    JSON.stringify({ letters: { events: ['0@1700000000000'], others: ['1@1'] }, earlier: [] }),
  );
  const found = await run(source('a', ['0 0', '0 1', '0 2']));
  expect(found.sources.a).toMatchObject({ in: 3, rows: 3, deadLetters: 2, redriven: 1, missing: 0, duplicated: 1 });
  expect(found.findings).toEqual([{ kind: 'duplicated', source: 'a', partition: '0', position: '1' }]);
});

test('finds what is missing, in each partition apart', async () => {
  await commit('events', 0, ['a 0 0']);
  const found = await run(source('a', ['0 0', '0 1', '1 0']), source('b', ['0 0']));
  expect(found.sources).toMatchObject({ a: { in: 3, rows: 1, missing: 2 }, b: { in: 1, missing: 1 } });
  expect(found.balanced).toBe(false);
  expect(found.findings).toEqual([
    { kind: 'missing', source: 'a', partition: '0', position: '1' },
    { kind: 'missing', source: 'a', partition: '1', position: '0' },
    { kind: 'missing', source: 'b', partition: '0', position: '0' },
  ]);
});

test('finds duplicates within a table, and between a table and the dead letters', async () => {
  await commit('events', 0, ['a 0 0', 'a 0 1']);
  await commit('events', 1, ['a 0 0', 'a 0 0']);
  await commit('dead_letters', 0, ['a 0 1']);
  const found = await run(source('a', ['0 0', '0 1']));
  expect(found.sources.a).toMatchObject({ in: 2, rows: 4, deadLetters: 1, duplicated: 3, missing: 0 });
  expect(found.balanced).toBe(false);
});

test('counts a tombstone that became a row as duplicated where it is dropped, and misses it where it is not', async () => {
  await commit('events', 0, ['a 0 0']);
  expect((await run(source('a', ['0 0!']))).sources.a).toMatchObject({ dropped: { tombstones: 0 }, duplicated: 1 });
  expect((await run(source('a', ['0 0!', '0 1!'], false))).sources.a).toMatchObject({
    rows: 1,
    dropped: { tombstones: 0 },
    missing: 1,
  });
});

test('finds rows that the source never had or that lie in a foreign table, but not those it no longer keeps', async () => {
  await commit('events', 0, ['a 0 9', 'a 0 10', 'a 0 11']);
  await commit('others', 0, ['a 0 10']);
  const found = await run(source('a', ['0 10']));
  expect(found.sources.a).toMatchObject({ in: 1, rows: 1, strayed: 2, missing: 0, duplicated: 0 });
  expect(found.balanced).toBe(false);
});

test('reads the newest version: removed files do not count', async () => {
  const first = await commit('events', 0, ['a 0 0', 'a 0 1']);
  await commit('events', 1, ['a 0 0'], { removes: [first] });
  expect((await run(source('a', ['0 0', '0 1']))).sources.a).toMatchObject({ rows: 1, missing: 1 });
});

test('names the versions by which rows were restored away', async () => {
  const first = await commit('events', 0, ['a 0 0', 'a 0 1']);
  const restoring = (version: number | null) => ({
    operation: 'RESTORE',
    operationParameters: { version, timestamp: '2026-01-01' },
  });
  const second = await commit('events', 1, ['a 0 0'], { removes: [first], commitInfo: restoring(0) });
  await commit('events', 2, ['a 0 0'], { removes: [second], commitInfo: restoring(null) });
  await commit('events', 3, ['a 0 2'], { commitInfo: restoring(1) });
  const found = await run(source('a', ['0 0', '0 1', '0 2']));
  expect(found.tables.events?.restores).toEqual([
    { version: 1, to: 'version 0' },
    { version: 2, to: 'the version of 2026-01-01' },
  ]);
  expect(found).toMatchObject({ balanced: false, sources: { a: { missing: 1 } } });
});

test('of many findings some are listed, of each source one at least, and the rest is counted', async () => {
  await commit('events', 0, ['a 1 0']);
  const many = Array.from({ length: 40 }, (_, position) => `0 ${position}`);
  const found = await run(source('a', [...many, '1 0']), source('b', many), source('c', ['0 7']));
  expect(found.findings).toHaveLength(20);
  expect(found.moreFindings).toBe(61);
  expect(found.findings.filter((finding) => finding.source === 'c')).toHaveLength(1);
  expect(found.findings[0]).toEqual({ kind: 'missing', source: 'a', partition: '0', position: '0' });
});

test('compares positions of 56 digits and those of KPL aggregates exactly', async () => {
  const long = '49'.repeat(28);
  await commit('events', 0, [`a shard ${long}`, `a shard ${long}9.0`, `a shard ${long}9.1`]);
  const found = await run(source('a', [`shard ${long}`, `shard ${long}9.0`, `shard ${long}9.1`]));
  expect(found.sources.a).toMatchObject({ in: 3, rows: 3, ...clean });
});

test('of payloads that hold many records, each record is judged', async () => {
  await commit('events', 0, ['a 0 0.0', 'a 0 0.1', 'a 0 1', 'a 0 2.0', 'a 0 2.2', 'a 0 7.0']);
  await commit('dead_letters', 0, ['a 0 0.2', 'a 0 3', 'a 0 2.3']);
  const found = await run({ ...source('a', ['0 0', '0 1', '0 2', '0 3', '0 4']), splits: true });
  expect(found.sources.a).toMatchObject({ in: 10, rows: 5, deadLetters: 3, missing: 2, duplicated: 0, strayed: 1 });
  expect(found.findings.map(({ kind, position }) => `${kind} ${position}`)).toEqual([
    'missing 2.1',
    'missing 4',
    'strayed 7.0',
  ]);
});

test('a log whose versions have a gap is unreadable, and its rows are missing', async () => {
  await commit('events', 0, ['a 0 0']);
  await commit('events', 2, ['a 0 1']);
  expect(await run(source('a', ['0 0', '0 1']))).toMatchObject({
    balanced: false,
    unreadable: [expect.stringMatching(/^table events: .*expected version 1, found 0*2\.json/)],
    sources: { a: { missing: 2 } },
    tables: {},
  });
});

test('a log with a line that is no JSON is unreadable, also where no row of it is wanted', async () => {
  await commit('events', 0, ['a 0 0']);
  const log = join(folder, 'events/_delta_log', `${'1'.padStart(20, '0')}.json`);
  await writeFile(log, 'garbage{');
  expect(await run()).toMatchObject({
    balanced: false,
    unreadable: [`table events: ${log}: expected an action as JSON in each line, got garbage{`],
  });
});
