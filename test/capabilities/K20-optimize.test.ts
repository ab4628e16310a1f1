import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import { parsePredicate } from '#delta/predicate.ts';
import { optimizeTable } from '#pipeline/optimize/optimize-table.ts';
import { openedTable } from '../support/canonical-lines.ts';
import { lakeWorld } from '../support/capability.ts';

const temporaryFolder = mkdtempSync(join(tmpdir(), 'alluvium-optimize-'));
afterAll(() => rmSync(temporaryFolder, { recursive: true }));

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables:
  clicks:
    schema: [{ name: day, type: date }, { name: city, type: string }, { name: id, type: long }]
    partitionBy: [day, city]
    coalesce: { enabled: false }
    optimize: { targetFileBytes: 100000000 }
`;
const days = ['2026-11-01', '2026-11-02', '2026-11-03'];
const cities = ['Lyon', 'Oslo'];

test.each([
  ["day = '2026-11-02'", 2],
  ["day != '2026-11-02'", 4],
  ["day < '2026-11-02'", 2],
  ["day <= '2026-11-02'", 4],
  ["day > '2026-11-02'", 2],
  ["day >= '2026-11-02' and city in ('Oslo')", 2],
  [undefined, 6],
])('K20 files of partitions where %s are merged towards a target size, and no row changes', async (where, merged) => {
  const world = await lakeWorld(settings);
  for (const round of [0, 1, 2]) {
    const values = days.flatMap((day) => cities.map((city) => ({ day, city, id: round })));
    await world.push(
      'clicks',
      values.map((value) => ({ value })),
    );
    await world.commit();
  }
  const before = await world.canonicalRows('clicks');
  expect(before).toHaveLength(18);
  const ports = { ...world.commitPorts, rewriter: duckdbRewriter({ temporaryFolder, memoryMiB: 256, threads: 1 }) };
  const request = { tableName: 'clicks', dryRun: false, where: where === undefined ? [] : parsePredicate(where) };
  const { outcomes, failures } = await optimizeTable(request, ports);
  expect(failures).toEqual([]);
  expect(outcomes.filter(({ kind }) => kind === 'merged')).toHaveLength(merged);
  expect(await world.canonicalRows('clicks')).toEqual(before);
  const files = await Array.fromAsync((await openedTable(world.storeOf('clicks'))).files());
  expect(files).toHaveLength(18 - 2 * merged);
});

test('K20 files grow towards `targetFileBytes`, and what is there already is left', async () => {
  const targetBytes = 60_000;
  const world = await lakeWorld(`
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { compression: none, coalesce: { enabled: false }, optimize: { targetFileBytes: ${targetBytes}, minRowGroupBytes: 1 } } }
`);
  for (let id = 0; id < 12; id++) {
    await world.push('clicks', [{ value: { id, text: `${id % 10}`.repeat(20_000) } }]);
    await world.commit();
  }
  const before = await world.canonicalRows('clicks');
  const ports = { ...world.commitPorts, rewriter: duckdbRewriter({ temporaryFolder, memoryMiB: 256, threads: 1 }) };
  const { failures } = await optimizeTable({ tableName: 'clicks', dryRun: false, where: [] }, ports);
  expect(failures).toEqual([]);
  const files = await Array.fromAsync((await openedTable(world.storeOf('clicks'))).files());
  expect(files.length).toBeGreaterThanOrEqual(4);
  for (const { size } of files) expect(Math.abs(size - targetBytes)).toBeLessThan(targetBytes / 2);
  expect(await world.canonicalRows('clicks')).toEqual(before);
  const again = await optimizeTable({ tableName: 'clicks', dryRun: false, where: [] }, ports);
  expect(again.outcomes.filter(({ kind }) => kind === 'merged')).toEqual([]);
});
