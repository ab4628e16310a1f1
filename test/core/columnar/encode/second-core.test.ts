import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Compression } from '#columnar/encode/encode-parquet.ts';
import { encodeColumns, layOutFile } from '#columnar/encode/parquet-encoder.ts';
import { SecondCore } from '#columnar/encode/second-core.ts';
import { loadKernel, type SharedKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import { VectorColumn } from '#columnar/vector/vector-column.ts';
import type { DataType, StructField } from '#delta/schema.ts';
import { columnKeyOf, columnNameOf } from '#pipeline/column-name.ts';

const field = (name: string, type: DataType): StructField => ({ name, type, nullable: true, metadata: {} });
const fields = [
  field('at', 'timestamp'),
  field('id', 'string'),
  field('kind', 'string'),
  field('amount', 'decimal(30,2)'),
  field('place', { type: 'struct', fields: [field('x', 'double'), field('name', 'string')] }),
  field('tags', { type: 'array', elementType: 'string', containsNull: true }),
  field('ok', 'boolean'),
];

const cores: SecondCore[] = [];

afterEach(async () => {
  await Promise.all(cores.splice(0).map((core) => core.close()));
});

async function readyCore(kernel: SharedKernel): Promise<SecondCore> {
  const core = new SecondCore(kernel);
  cores.push(core);
  await vi.waitFor(() => expect(core.isReady).toBe(true), { timeout: 20_000, interval: 5 });
  return core;
}

const record = (row: number): string =>
  JSON.stringify({
    at: new Date(1_768_464_000_000 + row * 1000).toISOString(),
    id: `id-${(row * 7919) % 10_007}`,
    kind: row % 9 === 0 ? null : `kind ${row % 11}`,
    amount: `${row}.25`,
    place: row % 5 === 0 ? undefined : { x: row / 8, name: `naïve ${row % 300}` },
    tags: Array.from({ length: row % 4 }, (_, tag) => `tag ${tag}`),
    ok: row % 2 === 0,
  });

/** Batches of records in the kernel's memory, each in place of the one before. */
function batchesIn(kernel: SharedKernel): (count: number) => FileColumns {
  const arena = new PayloadArena(kernel);
  const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };
  const scanner = new JsonScanner(kernel, { type: 'struct', fields }, naming, new Set());
  return (count) => {
    arena.reset();
    const rows = scanner.scan(Array.from({ length: count }, (_, row) => arena.add(Buffer.from(record(row)))));
    return { fields, columns: rows.columns(fields.map((_, place) => place)), rows: count };
  };
}

/** The file that one thread writes alone, and its statistics. */
function alone(count: number, compression: Compression): { bytes: Buffer; stats: string } {
  const kernel = loadKernel();
  const columns = batchesIn(kernel)(count);
  const stats = statisticsOf(columns);
  return { bytes: Buffer.from(encodeColumns(columns, compression, kernel, new Set(['id']))), stats };
}

describe('two threads', () => {
  test('write the file that one writes, with the same statistics', async () => {
    const kernel = loadKernel();
    const core = await readyCore(kernel);
    const batch = batchesIn(kernel);
    for (const [count, compression] of [
      [5000, 'zstd'],
      [3000, 'none'],
      [20_000, 'snappy'],
      [5000, 'zstd'],
    ] as const) {
      const columns = batch(count);
      const chunks = await core.encode(columns, compression, ['id']);
      const expected = alone(count, compression);
      expect(chunks).toBeDefined();
      expect(Buffer.from(layOutFile(columns, chunks?.flat() ?? [])).equals(expected.bytes)).toBe(true);
      expect(statisticsOf(columns)).toBe(expected.stats);
    }
  });

  test('leave a few rows, and a thread that is not there yet, to one', async () => {
    const kernel = loadKernel();
    const batch = batchesIn(kernel);
    const early = new SecondCore(kernel);
    cores.push(early);
    expect(await early.encode(batch(5000), 'zstd', [])).toBeUndefined();
    const core = await readyCore(kernel);
    expect(await core.encode(batch(10), 'zstd', [])).toBeUndefined();
  });

  test('become one where the other has failed', async () => {
    const kernel = loadKernel();
    const core = await readyCore(kernel);
    const columns = batchesIn(kernel)(5000);
    // The stretch that the other thread is given lies behind the end of memory.
    const allocate = kernel.allocate.bind(kernel);
    const short = vi.spyOn(kernel, 'allocate').mockImplementationOnce((bytes) => allocate(bytes) + 1_000_000_000);
    const took = vi.spyOn(VectorColumn.prototype, 'take');
    const chunks = await core.encode(columns, 'zstd', ['id']);
    short.mockRestore();
    expect(took).not.toHaveBeenCalled();
    took.mockRestore();
    const expected = alone(5000, 'zstd');
    expect(Buffer.from(layOutFile(columns, chunks?.flat() ?? [])).equals(expected.bytes)).toBe(true);
    expect(statisticsOf(columns)).toBe(expected.stats);
  });

  test('become one where the other ends without an answer, or memory has no room for both', async () => {
    const kernel = loadKernel();
    const batch = batchesIn(kernel);
    const core = await readyCore(kernel);
    const columns = batch(5000);
    const encoding = core.encode(columns, 'zstd', ['id']);
    const closing = core.close();
    const chunks = await encoding;
    await closing;
    const expected = alone(5000, 'zstd');
    expect(Buffer.from(layOutFile(columns, chunks?.flat() ?? [])).equals(expected.bytes)).toBe(true);

    const full = await readyCore(kernel);
    const allocate = vi.spyOn(kernel, 'mark').mockImplementation(() => 2 ** 30);
    expect(await full.encode(columns, 'zstd', [])).toBeUndefined();
    allocate.mockRestore();
  });
});
