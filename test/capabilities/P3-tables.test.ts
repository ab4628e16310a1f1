import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { optimizeTable } from '#pipeline/optimize/optimize-table.ts';
import { cat } from '../../scripts/cli/cat.ts';
import { openedTable } from '../support/canonical-lines.ts';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';

const temporaryFolder = mkdtempSync(join(tmpdir(), 'alluvium-tables-'));
afterAll(() => rmSync(temporaryFolder, { recursive: true }));

const settings = `
sources: { events: { kinesis: { shards: 1 }, table: events } }
tables: { events: { coalesce: { enabled: false } } }
`;

async function eventsWorld(): Promise<LakeWorld> {
  const world = await lakeWorld(settings);
  await world.push('events', [{ value: { id: 1, tag: 'a' } }, { value: { id: 2, tag: null } }]);
  await world.commit();
  await world.push('events', [{ value: { id: 3, tag: 'z', price: 1.5, place: { city: 'Oslo' } } }]);
  await world.commit();
  return world;
}

const filesOf = async (world: LakeWorld) => Array.fromAsync((await openedTable(world.storeOf('events'))).files());

test('P3 columns are added as records bring them, and rows from before have null there', async () => {
  const world = await eventsWorld();
  expect(await world.rows('events')).toEqual([
    { id: 1, tag: 'a', price: null, place: null },
    { id: 2, tag: null, price: null, place: null },
    { id: 3, tag: 'z', price: 1.5, place: { city: 'Oslo' } },
  ]);
});

test('P3 earlier versions are read as they were', async () => {
  const world = await eventsWorld();
  expect(await world.rows('events', 0)).toEqual([
    { id: 1, tag: 'a' },
    { id: 2, tag: null },
  ]);
  expect(await world.rows('events', 1)).toHaveLength(3);
  await expect(world.rows('events', 2)).rejects.toThrow(/version/);

  const folder = join(temporaryFolder, 'travelled');
  const files = fileObjectStore(folder);
  for (const [path, { bytes }] of world.storeOf('events').objects) await files.put(path, bytes);
  const lines = await Array.fromAsync(await cat.run([folder, '--version', '0', '--json'], temporaryFolder));
  expect(lines.toSorted()).toEqual(await world.canonicalRows('events', 0));
});

test('P3 small files become large ones', async () => {
  const world = await eventsWorld();
  const before = await world.canonicalRows('events');
  const ports = { ...world.commitPorts, rewriter: duckdbRewriter({ temporaryFolder, memoryMiB: 256, threads: 1 }) };
  const { failures } = await optimizeTable({ tableName: 'events', dryRun: false, where: [] }, ports);
  expect(failures).toEqual([]);
  expect(await filesOf(world)).toHaveLength(1);
  expect(await world.canonicalRows('events')).toEqual(before);
  expect(await world.rows('events', 1)).toHaveLength(3);
});

test('P3 every file has exact statistics', async () => {
  const world = await eventsWorld();
  const statistics = (await filesOf(world)).map(({ stats }) => JSON.parse(stats ?? 'null'));
  expect(statistics.sort((left, right) => right.numRecords - left.numRecords)).toEqual([
    {
      numRecords: 2,
      minValues: { id: 1, tag: 'a' },
      maxValues: { id: 2, tag: 'a' },
      nullCount: { id: 0, tag: 1 },
    },
    {
      numRecords: 1,
      minValues: { id: 3, tag: 'z', price: 1.5, place: { city: 'Oslo' } },
      maxValues: { id: 3, tag: 'z', price: 1.5, place: { city: 'Oslo' } },
      nullCount: { id: 0, tag: 0, price: 0, place: { city: 0 } },
    },
  ]);
});
