import { describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import type { AddFile } from '#delta/actions.ts';
import type { RepairPorts } from '#pipeline/repair/repair-table.ts';
import { removeFile } from '../../../support/actions.ts';
import { manyFiles, repairWorld, storeWith } from '../../../support/repaired-table.ts';

const dayMs = 86_400_000;

describe('files that go a few at a time', () => {
  const pathOf = (number: number) => `part-${String(number).padStart(3, '0')}.parquet`;
  const pathsOf = (from: number, to: number) =>
    new Set(Array.from({ length: to - from }, (_, at) => pathOf(from + at)));

  /** A hundred files, of which S3 deletes some at each call of `lose`, and tells. */
  async function losing({ settings = {} as Record<string, unknown>, rest = {} as Partial<AddFile> } = {}) {
    const table = await repairWorld(manyFiles(100, rest), { settings: { repair: {}, ...settings } });
    let gone = 0;
    const lose = async (files: number, ports: Partial<RepairPorts> = {}) => {
      const expired = pathsOf(gone, gone + files);
      gone += files;
      for (const path of expired) await table.world.objects.delete(path);
      return table.repair({ expired }, ports);
    };
    return { ...table, lose };
  }

  test('are counted together: past the ratio nothing more is removed, by event or by scan', async () => {
    const { world, repair, lose } = await losing();
    for (const files of [2, 2, 1]) expect(await lose(files)).toMatchObject({ outcome: 'repaired' });
    expect(await lose(1)).toMatchObject({ outcome: 'tooManyMissing', unexpectedFiles: 1, unexpectedLately: 5 });
    expect(world.counted(metrics.repairsRefused)).toBe(1);
    expect(await repair()).toMatchObject({ outcome: 'tooManyMissing', unexpectedFiles: 1, unexpectedLately: 5 });
    expect(await repair({ dryRun: true })).toMatchObject({ outcome: 'tooManyMissing' });
  });

  test('are counted where they were refused as well: the next few do not pass alone', async () => {
    const { repair, lose } = await losing();
    expect(await lose(6)).toMatchObject({ outcome: 'tooManyMissing' });
    expect(await lose(1)).toMatchObject({ outcome: 'tooManyMissing', unexpectedFiles: 1, unexpectedLately: 6 });
    expect(await repair()).toMatchObject({ outcome: 'tooManyMissing', unexpectedFiles: 7, unexpectedLately: 0 });
    expect(await lose(1)).toMatchObject({ outcome: 'tooManyMissing', unexpectedLately: 7 });
  });

  test('count for as long as the window is', async () => {
    const { world, lose } = await losing({ settings: { repair: { missingWindow: '2d' } } });
    expect(await lose(4)).toMatchObject({ outcome: 'repaired' });
    world.nowMs += 2 * dayMs - 1;
    expect(await lose(2)).toMatchObject({ outcome: 'tooManyMissing', unexpectedLately: 4 });
    world.nowMs += 2 * dayMs;
    expect(await lose(4)).toMatchObject({ outcome: 'repaired', unexpectedLately: 0 });
  });

  test('that come back, put back by somebody, count no more once a scan has seen them', async () => {
    const { world, repair, lose } = await losing();
    expect(await lose(6)).toMatchObject({ outcome: 'tooManyMissing' });
    for (const path of pathsOf(0, 6)) await world.objects.put(path, new Uint8Array([1]));
    expect(await repair()).toMatchObject({ outcome: 'whole' });
    expect(await lose(5)).toMatchObject({ outcome: 'repaired', unexpectedLately: 0 });
  });

  test('are settled by a person who names a ratio', async () => {
    const { world, repair, lose } = await losing();
    for (const files of [5, 1]) await lose(files);
    expect(await repair({ maxMissingRatio: 0.02 })).toMatchObject({ outcome: 'repaired', removedFiles: 1 });
    expect(await world.ledger.repairTallyOf('t1')).toMatchObject({ removed: [], refused: [] });
    expect(await lose(4)).toMatchObject({ outcome: 'repaired', unexpectedLately: 0 });
  });

  test('do not count where their table’s expiry explains them', async () => {
    const { world, lose } = await losing({
      settings: { expireAfter: '7d' },
      rest: { modificationTime: 1_700_000_003_000 - 8 * dayMs },
    });
    for (let times = 0; times < 10; times++) expect(await lose(10)).toMatchObject({ outcome: 'repaired' });
    expect(await world.ledger.repairTallyOf('t1')).toBeUndefined();
  });

  test('count once, however often commits of others make a run look again', async () => {
    const { world, lose } = await losing();
    let theirs = 1;
    const beside: Partial<RepairPorts> = {
      ...storeWith(world, {
        async head(path) {
          const answer = await world.objects.head(path);
          /** Another takes part of it away while it is looked at. */
          if (path === pathOf(1) && theirs === 1) await world.write(++theirs, [{ remove: removeFile(pathOf(0)) }]);
          return answer;
        },
      }),
    };
    expect(await lose(3, beside)).toMatchObject({ outcome: 'repaired', removedFiles: 2 });
    const counted = (await world.ledger.repairTallyOf('t1'))!.removed;
    expect(counted.reduce((sum, { files }) => sum + files, 0)).toBe(3);
  });
});
