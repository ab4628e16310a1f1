import { expect, test } from 'vitest';
import { repairTable } from '#pipeline/repair/repair-table.ts';
import { vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { repair: { maxMissingRatio: 0.3 } } }
`;
const dayMs = 86_400_000;

test('B9 repair changes nothing where too much is missing, and vacuum spares what is staged', async () => {
  const world = await lakeWorld(settings);
  for (const id of [1, 2]) {
    await world.push('clicks', [{ value: { id } }]);
    await world.commit();
  }
  const store = world.storeOf('clicks');
  const dataFiles = () => [...store.objects.keys()].filter((path) => path.endsWith('.parquet'));
  const [first] = dataFiles();
  const bytes = store.objects.get(first!)!;
  store.objects.delete(first!);
  const [table] = await world.tables();
  const ports = { ...world.commitPorts, locate: () => undefined };
  const missing = await repairTable({ ...table!, dryRun: false }, ports);
  expect(missing).toMatchObject({ outcome: 'tooManyMissing', removedFiles: 0 });
  store.objects.set(first!, bytes);

  await world.push('clicks', [{ value: { id: 3 } }]);
  await store.put('part-of-an-attempt-that-died.parquet', new Uint8Array(10));
  world.nowMs += 30 * dayMs;
  const vacuumed = await vacuumTable({ ...table!, dryRun: false, full: true }, ports);
  expect(vacuumed).toMatchObject({ outcome: 'vacuumed', files: [{ path: 'part-of-an-attempt-that-died.parquet' }] });
  await world.commit();
  expect(await world.rows('clicks')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
});
