import { expect, test } from 'vitest';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { StructType } from '#delta/schema.ts';
import type { BatchEngine } from '#pipeline/ingest/batch-engine.ts';
import { rowsOfParquet } from '../../../support/parquet-rows.ts';

const schema: StructType = {
  type: 'struct',
  fields: [
    { name: 'id', type: 'long', nullable: true, metadata: {} },
    { name: 'name', type: 'string', nullable: true, metadata: {} },
  ],
};

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Scans records into one file; answers its rows. */
async function fileOf(engine: BatchEngine, records: readonly string[]): Promise<Record<string, unknown>[]> {
  const payloads = records.map((text) => engine.payloads.place(base64(text)));
  const rows = engine.scan(schema, new Set(), payloads);
  expect(rows.unscanned).toEqual([]);
  const file = { fields: schema.fields, columns: rows.columns([0, 1]), rows: rows.length };
  return rowsOfParquet(await engine.encode(file, 'zstd', []));
}

const record = (id: number) => `{"id":${id},"name":"name ${id} ${'x'.repeat(id % 50)}"}`;
const rowOf = (id: number) => ({ id: BigInt(id), name: `name ${id} ${'x'.repeat(id % 50)}` });

test('batch after batch finds an engine’s memory empty, whatever became of the one before', async () => {
  const engines = kernelEngines();
  const marks: number[] = [];
  for (let batch = 0; batch < 30; batch++) {
    const engine = engines.take();
    marks.push(engine.mark());
    const ids = Array.from({ length: 200 }, (_, index) => batch * 1000 + index);
    expect(await fileOf(engine, ids.map(record))).toEqual(ids.map(rowOf));
    engines.give(engine);
  }
  expect(new Set(marks).size).toBe(1);
});

test('batches in flight at once have an engine each', async () => {
  const engines = kernelEngines();
  const [left, right] = [engines.take(), engines.take()];
  const ids = Array.from({ length: 100 }, (_, index) => index);
  const placed = ids.map((id) => left.payloads.place(base64(record(id))));
  expect(await fileOf(right, ['{"id":7,"name":"other"}'])).toEqual([{ id: 7n, name: 'other' }]);
  const rows = left.scan(schema, new Set(), placed);
  expect(ids.map((row) => ({ id: rows.value(0, row), name: rows.value(1, row) }))).toEqual(ids.map(rowOf));
});

test('rows of a payload in another engine’s memory, or in none, are the same', () => {
  const engines = kernelEngines();
  const [here, there] = [engines.take(), engines.take()];
  const payloads = [
    there.payloads.place(base64(record(1))),
    Buffer.from(record(2)),
    here.payloads.place(base64(record(3))),
  ];
  const rows = here.scan(schema, new Set(), payloads);
  expect([0, 1, 2].map((row) => ({ id: rows.value(0, row), name: rows.value(1, row) }))).toEqual([1, 2, 3].map(rowOf));
});

test('what is released is used again, and what lies below it stays', () => {
  const engine = kernelEngines().take();
  const payloads = [engine.payloads.place(base64(record(1)))];
  const mark = engine.mark();
  engine.scan(schema, new Set(), payloads);
  expect(engine.mark()).toBeGreaterThan(mark);
  engine.release(mark);
  expect(engine.mark()).toBe(mark);
  expect(engine.scan(schema, new Set(), payloads).value(1, 0)).toBe(rowOf(1).name);
});
