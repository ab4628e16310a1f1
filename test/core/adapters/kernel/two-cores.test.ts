import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessagePort } from 'node:worker_threads';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { SecondCore } from '#adapters/kernel/second-core.ts';
import { splitFileOf } from '#adapters/kernel/split-file.ts';
import { SplitPayloads } from '#adapters/kernel/split-payloads.ts';
import { SplitRows } from '#adapters/kernel/split-rows.ts';
import { TwoCores } from '#adapters/kernel/two-cores.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import { encodesType } from '#columnar/encode/parquet-encoder.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { StructType } from '#delta/schema.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/ingest/batch-engine.ts';
import type { ScannedRows } from '#pipeline/ingest/unfiled-rows.ts';
import { duckdbRows } from '../../../support/duckdb.ts';
import { rowsOfParquet } from '../../../support/parquet-rows.ts';
import { dataType, nullable } from '../../../support/random-values.ts';
import { listOf, structOf } from '../../../support/schemas.ts';
import { areShared, sharing, twoCoreEngines } from '../../../support/two-core-engines.ts';

const seed = 20_261_121;
const base64 = (text: string) => Buffer.from(text).toString('base64');

const events = structOf({
  at: 'timestamp',
  id: 'string',
  kind: 'string',
  amount: 'decimal(30,2)',
  place: structOf({ x: 'double', name: 'string' }),
  tags: listOf('string'),
  ok: 'boolean',
  _position: 'string',
});
const positionPlace = events.fields.length - 1;

const event = (row: number): string =>
  JSON.stringify({
    at: new Date(1_768_464_000_000 + row * 1000).toISOString(),
    id: `id-${(row * 7919) % 10_007}`,
    kind: row % 9 === 0 ? null : `kind ${row % 11}`,
    amount: `${row}.25`,
    place: row % 5 === 0 ? undefined : { x: row / 8, name: `naïve ${row % 300}` },
    tags: Array.from({ length: row % 4 }, (_, tag) => `tag ${tag}`),
    ok: row % 2 === 0,
  });

const one = kernelEngines();
const failures: string[] = [];
let two: BatchEngines;
beforeAll(async () => {
  two = await twoCoreEngines(failures);
});

let folder: string | undefined;
afterEach(async () => {
  expect(failures).toEqual([]);
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = undefined;
});

function placed(engine: BatchEngine, records: readonly (string | undefined)[]) {
  const texts = records.map((record) => (record === undefined ? undefined : base64(record)));
  engine.payloads.expect(texts.length);
  return texts.map((text) => (text === undefined ? undefined : engine.payloads.place(text)));
}

const scanned = (engine: BatchEngine, schema: StructType, records: readonly (string | undefined)[]): ScannedRows =>
  engine.scan(schema, new Set(), placed(engine, records));

interface Made {
  bytes: Uint8Array;
  statistics: string;
}

async function made(
  engine: BatchEngine,
  { fields }: StructType,
  rows: ScannedRows,
  { kept, compression = 'zstd' }: { kept?: Int32Array | undefined; compression?: Compression } = {},
): Promise<Made> {
  const places = fields.map((_, place) => place);
  const file = { fields, columns: rows.columns(places, kept), rows: kept?.length ?? rows.length };
  const bytes = await engine.encode(file, compression, [fields[0]!.name]);
  return { bytes, statistics: statisticsOf(file) };
}

/** The same by one core and by two. */
async function byBoth<Answer>(make: (engine: BatchEngine) => Promise<Answer>): Promise<[Answer, Answer]> {
  const answers: Answer[] = [];
  for (const engines of [one, two]) {
    const engine = engines.take();
    answers.push(await make(engine));
    engines.give(engine);
  }
  return answers as [Answer, Answer];
}

const groupsOf = (bytes: Uint8Array): number[] =>
  parquetMetadata(new Uint8Array(bytes).buffer).row_groups.map(({ num_rows: rows }) => Number(rows));

/** Tombstones have no payload: about. */
function expectHalves(bytes: Uint8Array, rows: number): void {
  const [here, there, ...others] = groupsOf(bytes) as [number, number];
  expect([here + there, others]).toEqual([rows, []]);
  expect(Math.abs(here - there)).toBeLessThan(rows / 10);
}

/** Rows that one file has and the other has not, by DuckDB. */
async function difference(left: Uint8Array, right: Uint8Array): Promise<unknown[][]> {
  folder ??= await mkdtemp(join(tmpdir(), 'alluvium-cores-'));
  const [leftFile, rightFile] = [join(folder, 'left.parquet'), join(folder, 'right.parquet')];
  await Promise.all([writeFile(leftFile, left), writeFile(rightFile, right)]);
  const rows = (file: string) => `SELECT * FROM read_parquet('${file}')`;
  return duckdbRows(
    `(${rows(leftFile)} EXCEPT ALL ${rows(rightFile)}) UNION ALL (${rows(rightFile)} EXCEPT ALL ${rows(leftFile)})`,
  );
}

async function expectSame(alone: Made, shared: Made): Promise<void> {
  expect(shared.statistics).toBe(alone.statistics);
  expect(await rowsOfParquet(shared.bytes)).toEqual(await rowsOfParquet(alone.bytes));
  expect(await difference(alone.bytes, shared.bytes)).toEqual([]);
}

test('two cores make a row group each, of the rows that one makes, with the statistics of all', async () => {
  for (const [count, compression] of [
    [8000, 'zstd'],
    [6000, 'none'],
    [6301, 'snappy'],
  ] as const) {
    const [alone, shared] = await byBoth(async (engine) => {
      const rows = scanned(
        engine,
        events,
        Array.from({ length: count }, (_, row) => event(row)),
      );
      for (let row = 0; row < count; row++) rows.putText(positionPlace, row, `position ${row >> 1}`);
      return made(engine, events, rows, { compression });
    });
    expect(groupsOf(alone.bytes)).toEqual([count]);
    expectHalves(shared.bytes, count);
    await expectSame(alone, shared);
  }
});

test('records that are left to the parser, tombstones and refused records may be in either half', async () => {
  const count = 6501;
  const odd = new Map<number, string | undefined>([
    [3, '{"id":'],
    [700, undefined],
    [900, '{"id":"left","unknown":1}'],
    [6400, undefined],
    [6500, '{"id":'],
  ]);
  const [alone, shared] = await byBoth(async (engine) => {
    const records = Array.from({ length: count }, (_, row) => (odd.has(row) ? odd.get(row) : event(row)));
    const rows = scanned(engine, events, records);
    expect(rows.unscanned).toEqual([3, 900, 6500]);
    rows.put(900, [1n, 'put', null, 12n, [1.5, 'x'], ['a', null], true, null]);
    rows.put(3, [2n, 'put too', null, null, null, [], null, null]);
    for (let row = 0; row < count; row++) rows.putText(positionPlace, row, `p${row}`);
    const kept = Int32Array.from({ length: count }, (_, row) => row).filter((row) => row !== 6500 && row !== 700);
    return made(engine, events, rows, { kept });
  });
  expectHalves(shared.bytes, 6499);
  await expectSame(alone, shared);
  expect((await rowsOfParquet(shared.bytes)).find(({ _position: position }) => position === 'p900')).toMatchObject({
    id: 'put',
    tags: ['a', null],
  });
});

test('rows of a few partitions are files of both cores', async () => {
  const schema = structOf({ id: 'long', day: 'string' });
  const filesOf = async (engine: BatchEngine) => {
    const records = Array.from(
      { length: 24_001 },
      (_, id) => `{"id":${id},"day":"day ${Math.floor((id * 3) / 24_001)}"}`,
    );
    const rows = scanned(engine, schema, records);
    const all = Int32Array.from({ length: 24_001 }, (_, row) => row);
    const files: { day: ColumnValue; statistics: string; rows: unknown[]; groups: number[] }[] = [];
    for (const group of rows.groupRows([1], all)) {
      const { bytes, statistics } = await made(engine, schema, rows, { kept: group.rows });
      const read = await rowsOfParquet(bytes);
      files.push({ day: rows.value(1, group.rows[0]!), statistics, rows: read, groups: groupsOf(bytes) });
    }
    return files;
  };
  const [alone, shared] = await byBoth(filesOf);
  const rowsByDay = (files: typeof alone) =>
    Map.groupBy(
      files.flatMap(({ rows }) => rows as { day: string }[]),
      ({ day }) => day,
    );
  // Day 1 lies in both halves: who files rows joins groups of equal values.
  expect(shared.map(({ day }) => day)).toEqual(['day 0', 'day 1', 'day 1', 'day 2']);
  expect(shared.every(({ groups }) => groups.length === 1)).toBe(true);
  expect(rowsByDay(shared)).toEqual(rowsByDay(alone));
});

test('several tables of one batch, and rows that are scanned again, do not get into each other’s way', async () => {
  const other = structOf({ id: 'string' });
  const [alone, shared] = await byBoth(async (engine) => {
    const payloads = placed(
      engine,
      Array.from({ length: 9000 }, (_, row) => event(row)),
    );
    const first = engine.scan(events, new Set(), payloads.slice(400, 8000));
    const mark = engine.mark();
    engine.scan(other, new Set(), payloads);
    engine.release(mark);
    const second = engine.scan(other, new Set(), payloads.slice(900));
    return [await made(engine, other, second), await made(engine, events, first)];
  });
  for (const [place, file] of alone.entries()) await expectSame(file, shared[place]!);
  expect(shared.map(({ bytes }) => groupsOf(bytes).length)).toEqual([2, 2]);
});

test('what two cores have no way to do is done on one, with what was put into rows', async () => {
  const [alone, shared] = await byBoth(async (engine) => {
    const rows = scanned(
      engine,
      events,
      Array.from({ length: 6200 }, (_, row) => (row === 6100 ? '!' : event(row))),
    );
    rows.put(6100, [2n, 'put', null, null, null, [], null, null]);
    for (let row = 0; row < 6200; row++) rows.putText(positionPlace, row, `p${row}`);
    rows.cutTexts(1, 3, 2);
    rows.putValue([4, 1], 6100, 'name');
    expect(rows.value(1, 6100)).toBe('');
    return made(engine, events, rows);
  });
  expect(groupsOf(shared.bytes)).toEqual([6200]);
  await expectSame(alone, shared);
});

test('payloads elsewhere, few of them, and types that our encoder does not write stay on one core', () => {
  const engine = two.take();
  const payloads = placed(engine, Array(14_000).fill('{}'));
  const isShared = (schema: StructType, own: Parameters<BatchEngine['scan']>[2]) =>
    engine.scan(schema, new Set(), own) instanceof SplitRows;
  expect(isShared(events, payloads)).toBe(true);
  expect(isShared(events, payloads.slice(4000, 10_000))).toBe(true);
  expect(isShared(events, payloads.slice(4001))).toBe(false);
  expect(isShared(events, payloads.slice(0, 9999))).toBe(false);
  expect(isShared(events, payloads.toReversed())).toBe(false);
  expect(isShared(events, [...payloads, Buffer.from('{}')])).toBe(false);
  expect(isShared(structOf({ v: 'variant' }), payloads)).toBe(false);
  two.give(engine);
});

test('an engine whose batches are read for more than columns shares none any more; after one of many files it does later', async () => {
  const engines = await twoCoreEngines(failures);
  const engine = engines.take();
  const schema = structOf({ ' 0': 'string' });
  const captures = [{ path: ['id'], column: 0, as: 'text', isRequired: false }] as const;
  const payloads = placed(engine, Array(6000).fill('{"id":"5"}'));
  const rows = engine.scan(schema, new Set(), payloads, { captures, filled: new Set(), skipsOthers: true });
  expect([rows.value(0, 0), rows.value(0, 5999)]).toEqual(['5', '5']);
  engines.give(engine);
  expect(areShared(engines)).toBe(false);

  const others = await twoCoreEngines(failures);
  const other = others.take();
  const many = scanned(
    other,
    structOf({ id: 'long' }),
    Array.from({ length: 6000 }, (_, id) => `{"id":${id}}`),
  );
  expect(many).toBeInstanceOf(SplitRows);
  expect(
    many.groupRows(
      [0],
      Int32Array.from({ length: 6000 }, (_, row) => row),
    ),
  ).toHaveLength(6000);
  others.give(other);
  const later = Array.from({ length: 17 }, () => areShared(others));
  expect(later).toEqual([...Array(15).fill(false), true, true]);
});

const table = fc.array(dataType.filter(encodesType), { minLength: 1, maxLength: 4 }).chain((types) =>
  fc.record({
    schema: fc.constant(structOf(Object.fromEntries(types.map((type, index) => [`c${index}`, type])))),
    pool: fc.array(fc.tuple(...types.map(nullable)), { minLength: 1, maxLength: 12 }),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
    rows: fc.integer({ min: 6000, max: 6100 }),
  }),
);

test('rows of any columns are those of one core', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(table, async ({ schema, pool, picks, rows: count }) => {
      const [alone, shared] = await byBoth(async (engine) => {
        const rows = scanned(engine, schema, Array(count).fill('!'));
        for (let row = 0; row < count; row++) {
          const values = pool[(picks[row % picks.length]! + Math.floor(row / 97)) % pool.length]!;
          rows.put(
            row,
            values.map(([written]) => written),
          );
        }
        return made(engine, schema, rows);
      });
      // Which zero is a float's bound is up to the order that they come in.
      const zeroless = (statistics: string) => statistics.replaceAll('-0.0', '0.0');
      expect(zeroless(shared.statistics)).toBe(zeroless(alone.statistics));
      expect(groupsOf(shared.bytes)).toHaveLength(2);
      expect(await difference(alone.bytes, shared.bytes)).toEqual([]);
      expect(await rowsOfParquet(shared.bytes)).toEqual(await rowsOfParquet(alone.bytes));
    }),
    { seed, numRuns: 5 },
  );
});

/** Rows on two cores, of which the second ends whenever the test says. */
async function endingCores(waitMs?: number) {
  const kernel = loadKernel();
  const core = new SecondCore(waitMs === undefined ? {} : { waitMs });
  await vi.waitFor(() => expect(core.isReady).toBe(true), { timeout: 20_000, interval: 5 });
  const scanner = new JsonScanner(kernel, events, { nameOf: columnNameOf, keyOf: columnKeyOf }, new Set());
  const cores = new TwoCores(kernel, core);
  const memory = new SplitPayloads(new PayloadArena(kernel));
  memory.reset((bytes) => cores.roomFor(bytes));
  const texts = Array.from({ length: 6200 }, (_, row) => base64(event(row)));
  memory.expect(texts.length);
  const payloads = texts.map((text) => memory.place(text));
  return {
    ...{ core, cores, scan: () => cores.scan(scanner, events, new Set(), payloads) },
    scanHere: () => scanner.scan(payloads),
  };
}

async function expectWhole(rows: SplitRows): Promise<void> {
  const engine = one.take();
  const all = scanned(
    engine,
    events,
    Array.from({ length: 6200 }, (_, row) => event(row)),
  );
  for (let row = 0; row < 6200; row++) all.putText(positionPlace, row, `p${row}`);
  const alone = await made(engine, events, all);
  one.give(engine);
  const file = { fields: events.fields, columns: rows.columns(events.fields.map((_, place) => place)), rows: 6200 };
  const bytes = splitFileOf(file)!.encode({ fields: events.fields, compression: 'zstd', bloomFilters: ['at'] });
  expect(Buffer.from(bytes).equals(alone.bytes)).toBe(true);
  expect(statisticsOf(file)).toBe(alone.statistics);
}

test('a second core that ends between scan and file leaves its rows to the first', async () => {
  const { core, cores, scan } = await endingCores();
  const rows = scan()!;
  for (let row = 0; row < 6200; row++) rows.putText(positionPlace, row, `p${row}`);
  const closing = core.close();
  await expectWhole(rows);
  await closing;
  expect(cores.failure).toContain('closed');
  expect(scan()).toBeUndefined();
});

test('a second core that does not answer, or fails with a job, is one no more', async () => {
  const mute = await endingCores(20);
  const lost = vi.spyOn(MessagePort.prototype, 'postMessage').mockImplementationOnce(() => undefined);
  expect(mute.scan()).toBeUndefined();
  lost.mockRestore();
  expect(mute.cores.failure).toBe('expected an answer within 20 ms');
  expect(mute.scanHere().unscanned).toEqual([]);

  const failing = await endingCores();
  const rows = failing.scan()!;
  for (let row = 0; row < 6200; row++) rows.putText(positionPlace, row, `p${row}`);
  // To the second core the rows of this scan are void.
  const forget = { kind: 'scan', depth: 0, spans: new Uint32Array(0) } as const;
  failing.core.ask<'scan'>({ ...forget, scanner: 0, table: { schema: structOf({ id: 'long' }), reserved: new Set() } });
  await expectWhole(rows);
  expect(failing.cores.failure).toContain('expected');
});

test('a second core that failed is told of, and another takes its place', async () => {
  const told: string[] = [];
  const engines = kernelEngines({ onSecondCoreFailure: (failure) => told.push(failure) });
  const asked = vi.spyOn(SecondCore.prototype, 'isReady', 'get');
  await sharing(engines);
  const ended = asked.mock.contexts.at(-1) as SecondCore;
  await ended.close();
  expect(areShared(engines)).toBe(false);
  await sharing(engines);
  asked.mockRestore();
  expect(told).toEqual(['expected no more jobs: it was closed']);
});
