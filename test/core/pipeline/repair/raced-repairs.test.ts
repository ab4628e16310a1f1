import { describe, expect, test } from 'vitest';
import type { Action } from '#delta/actions.ts';
import type { RepairPorts } from '#pipeline/repair/repair-table.ts';
import { addFile, metaDataAction, removeFile } from '../../../support/actions.ts';
import { manyFiles, repairWorld, storeWith } from '../../../support/repaired-table.ts';

describe('commits of others, between the look and the removal', () => {
  /** `theirs` becomes version 2 as soon as the repair has asked for the last of the missing files. */
  async function beside(theirs: Action[]) {
    const found = await repairWorld(manyFiles(4), { there: (path) => path > 'part-001.parquet' });
    const { world } = found;
    let asked = 0;
    const racing = storeWith(world, {
      async head(path) {
        const answer = await world.objects.head(path);
        if (/^part-/.test(path) && ++asked === 2) await world.write(2, theirs);
        return answer;
      },
    });
    return { ...found, result: await found.repair({}, racing) };
  }

  test('what another has removed is not removed twice', async () => {
    const { world, result, live } = await beside([{ remove: removeFile('part-000.parquet') }]);
    expect(result).toMatchObject({ outcome: 'repaired', removedFiles: 1, versions: [3] });
    expect(world.actions(3).flatMap((action) => ('remove' in action ? [action.remove.path] : []))).toEqual([
      'part-001.parquet',
    ]);
    expect(await live()).toEqual(['part-002.parquet', 'part-003.parquet']);
  });

  test('nothing is written where others have removed it all', async () => {
    const { result, versions } = await beside([
      { remove: removeFile('part-000.parquet') },
      { remove: removeFile('part-001.parquet') },
    ]);
    expect(result).toMatchObject({ outcome: 'repaired', removedFiles: 0, versions: [] });
    expect(versions()).toBe(3);
  });

  test('what another has added anew is left for the next look', async () => {
    const { result, live, repair } = await beside([{ add: addFile('part-000.parquet', { size: 5 }) }]);
    expect(result).toMatchObject({ outcome: 'repaired', removedFiles: 1 });
    expect(await live()).toContain('part-000.parquet');
    expect(await repair()).toMatchObject({ removedFiles: 1 });
    expect(await live()).toEqual(['part-002.parquet', 'part-003.parquet']);
  });

  test('an append goes before it', async () => {
    const { result, live } = await beside([{ add: addFile('new.parquet') }]);
    expect(result).toMatchObject({ outcome: 'repaired', removedFiles: 2, versions: [3] });
    expect(await live()).toEqual(['new.parquet', 'part-002.parquet', 'part-003.parquet']);
  });

  test('a repair in chunks that another partitioning comes between goes on from another look', async () => {
    const { world, repair, live } = await repairWorld(manyFiles(4), {
      there: (path) => path > 'part-001.parquet',
      settings: { repair: { maxMissingRatio: 1, maxFilesPerCommit: 1 } },
    });
    const { objects, logStore } = world.ports.logOf('clicks');
    const interrupted: RepairPorts['logOf'] = () => ({
      objects,
      logStore: {
        ...logStore,
        async commit(version, actions, txnId) {
          const outcome = await logStore.commit(version, actions, txnId);
          if (version === 2 && outcome.kind === 'committed') {
            await world.write(3, [metaDataAction({ partitionColumns: ['id'] })]);
          }
          return outcome;
        },
      },
    });
    expect(await repair({}, { logOf: interrupted })).toMatchObject({
      outcome: 'repaired',
      removedFiles: 2,
      versions: [2, 4],
    });
    expect(await live()).toEqual(['part-002.parquet', 'part-003.parquet']);
  });

  test('another partitioning makes the look void: it looks again', async () => {
    const { result, live } = await beside([metaDataAction({ partitionColumns: ['id'] })]);
    expect(result).toMatchObject({ outcome: 'repaired', removedFiles: 2, versions: [3] });
    expect(await live()).toEqual(['part-002.parquet', 'part-003.parquet']);
  });
});
