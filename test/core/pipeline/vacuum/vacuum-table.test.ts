import { beforeEach, describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { UnsupportedFeature } from '#delta/errors.ts';
import { addFile, protocolAction, removeFile } from '../../../support/actions.ts';
import { dayMs } from '../../../support/table-world.ts';
import { pathsOf, VacuumWorld } from '../../../support/vacuum-world.ts';

let world: VacuumWorld;
beforeEach(() => {
  world = new VacuumWorld();
});

describe.each([false, true])('a vacuum, full: %s', (full) => {
  test('deletes what was removed before the retention, and keeps what was removed within it', async () => {
    await world.create();
    await world.change(['a', 'b', 'c']);
    await world.after(1).change([], ['a']);
    await world.after(5).change([], ['b']);
    world.after(2.5);
    const result = await world.vacuum({ full });
    expect(result).toMatchObject({ outcome: 'vacuumed', bytes: 100, isMoreLeft: false });
    expect(pathsOf(result)).toEqual(['a']);
    expect(world.files()).toEqual(['b', 'c']);
    expect(world.counted(metrics.vacuumedFiles)).toBe(1);
    expect(world.counted(metrics.vacuumedBytes)).toBe(100);
    expect(world.counted(metrics.vacuumRuns)).toBe(1);
  });

  test('knows what a checkpoint has forgotten', async () => {
    await world.create();
    await world.change(['a', 'b']);
    await world.after(1).change([], ['a']);
    await world.after(8).change(['c']);
    await world.checkpoint();
    await world.vacuum({ full });
    expect(world.files()).toEqual(['b', 'c']);
  });

  test('keeps a file that is live again, and one of which another remove is young', async () => {
    await world.create();
    await world.change(['a', 'b']);
    await world.after(1).change([], ['a', 'b']);
    await world.after(1).change(['a', 'b']);
    await world.after(8).change([], ['b']);
    expect(pathsOf(await world.vacuum({ full }))).toEqual([]);
    expect(world.files()).toEqual(['a', 'b']);
    await world.after(8).change(['d']);
    expect(pathsOf(await world.vacuum({ full }))).toEqual(['b']);
  });

  test('keeps a file whose row deletions changed, and its old vector as long as the tombstone', async () => {
    const vector = {
      storageType: 'u' as const,
      pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
      sizeInBytes: 40,
      cardinality: 6,
    };
    await world.create();
    await world.file('ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin');
    await world.change(['a'], [], { deletionVector: { ...vector, offset: 1 } });
    await world
      .after(1)
      .commit([
        { remove: { ...world.removeOf('a'), deletionVector: { ...vector, offset: 1 } } },
        { add: addFile('a', { deletionVector: { ...vector, offset: 41 } }) },
      ]);
    await world.after(9).change(['b']);
    expect(pathsOf(await world.vacuum({ full }))).toEqual([]);
    await world.commit([
      { remove: { ...world.removeOf('a'), deletionVector: { ...vector, offset: 41 } } },
      { add: addFile('a') },
    ]);
    await world.after(9).change(['c']);
    expect(pathsOf(await world.vacuum({ full }))).toEqual([
      'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin',
    ]);
    expect(world.files()).toEqual(['a', 'b', 'c']);
  });

  test('takes encoded paths for what they mean', async () => {
    await world.create({}, ['day']);
    await world.change(['day=a%20b/x y+%.parquet', 'day=c/z'], [], { partitionValues: { day: 'a b' } });
    await world.after(1).change([], ['day=a%20b/x y+%.parquet']);
    await world.after(8).change(['d']);
    await world.vacuum({ full });
    expect(world.files()).toEqual(['d', 'day=c/z']);
  });

  test('never deletes what a manifest names', async () => {
    await world.create();
    await world.change(['a', 'b']);
    await world.after(1).change([], ['a']);
    await world.file('staged');
    await world.stageFiles('staged', 'a');
    await world.after(9).change(['c']);
    expect(pathsOf(await world.vacuum({ full }))).toEqual([]);
  });

  test('a dry run finds the same and changes nothing', async () => {
    await world.create();
    await world.change(['a']);
    await world.after(1).change(['b'], ['a']);
    const before = world.after(9).paths();
    const result = await world.vacuum({ full, dryRun: true });
    expect(result).toMatchObject({ outcome: 'planned', files: [{ path: 'a', sizeBytes: 100 }], bytes: 100 });
    expect(world.paths()).toEqual(before);
    expect(world.counted(metrics.vacuumedFiles)).toBe(0);
  });

  test('a retention shorter than the table has is refused unless forced, a longer one always', async () => {
    await world.create({ 'delta.deletedFileRetentionDuration': 'interval 3 days' });
    await world.change(['a']);
    await world.after(1).change(['b'], ['a']);
    world.after(2);
    expect(await world.vacuum({ full, retentionMs: 2 * dayMs })).toMatchObject({
      outcome: 'retentionTooShort',
      files: [],
    });
    expect(await world.vacuum({ full, retentionMs: 4 * dayMs, force: true })).toMatchObject({
      outcome: 'retentionTooLong',
    });
    expect(world.files()).toEqual(['a', 'b']);
    expect(pathsOf(await world.vacuum({ full, retentionMs: 2 * dayMs, force: true }))).toEqual(['a']);
  });

  test('nothing younger than a day goes, however short the retention', async () => {
    await world.create({ 'delta.deletedFileRetentionDuration': 'interval 0 seconds' });
    await world.change(['a']);
    await world.change(['b'], ['a']);
    await world.file('orphan');
    world.after(0.99);
    expect(pathsOf(await world.vacuum({ full }))).toEqual([]);
    world.after(0.02);
    expect(pathsOf(await world.vacuum({ full }))).toEqual(full ? ['a', 'orphan'] : ['a']);
  });

  test('a table whose features are unknown here is refused, and nothing of it deleted', async () => {
    await world.create();
    await world.change(['a']);
    await world.commit([
      protocolAction({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['checkpointProtection'] }),
    ]);
    await world.after(1).change([], ['a']);
    world.after(9);
    await expect(world.vacuum({ full })).rejects.toThrow(UnsupportedFeature);
    expect(world.files()).toEqual(['a']);
    expect(world.counted(metrics.vacuumFailures)).toBe(1);
  });

  test('absolute paths and paths out of the table are left alone', async () => {
    await world.create();
    await world.change(['a']);
    const outside = ['s3://other/b', 'file:///tmp/c', '../d', '_delta_log/00000000000000000000.json', 'x/../../e'];
    await world
      .after(1)
      .commit(outside.map((path) => ({ remove: removeFile(path, { deletionTimestamp: world.nowMs }) })));
    world.after(9);
    expect(pathsOf(await world.vacuum({ full }))).toEqual([]);
  });

  test('a commit that brings a file back while the vacuum runs, keeps it', async () => {
    await world.create();
    await world.change(['a', 'b']);
    await world.after(1).change([], ['a', 'b']);
    await world.after(9).change(['c']);
    let isRestored = false;
    const ports = world.storeWhere({
      /** The next version is asked for just before files are deleted: the restore has committed by then. */
      async read(path) {
        if (path.endsWith(`${world.version + 1}.json`) && !isRestored) {
          isRestored = true;
          await world.commit([{ add: addFile('a') }]);
        }
        return world.store.read(path);
      },
    });
    expect(pathsOf(await world.vacuum({ full }, ports))).toEqual(['b']);
    expect(isRestored).toBe(true);
    expect(world.files()).toEqual(['a', 'c']);
  });

  test('a crash leaves fewer files, and the next run does the rest', async () => {
    await world.create();
    const names = Array.from({ length: 1500 }, (_, index) => `f${String(index).padStart(4, '0')}`);
    await world.change(names);
    await world.after(1).change(['kept'], names);
    world.after(9);
    let requests = 0;
    const ports = world.storeWhere({
      async deleteAll(paths) {
        if (requests++ === 1) throw new Error('crash');
        return world.store.deleteAll(paths);
      },
    });
    await expect(world.vacuum({ full }, ports)).rejects.toThrow('crash');
    expect(world.files()).toHaveLength(501);
    await world.vacuum({ full });
    expect(world.files()).toEqual(['kept']);
  });
});

describe('a vacuum by the log', () => {
  const info = async () =>
    JSON.parse(new TextDecoder().decode((await world.store.read('_delta_log/_last_vacuum_info'))?.bytes));

  test('remembers how far it came, as Spark does, and lists nothing but the log', async () => {
    await world.create();
    await world.change(['a']);
    await world.after(1).change(['b'], ['a']);
    await world.after(9).change(['c'], ['b']);
    const listed: string[] = [];
    const { list } = world.store;
    await world.vacuum(
      {},
      world.storeWhere({
        list(prefix, startAfter) {
          listed.push(prefix);
          return list(prefix, startAfter);
        },
      }),
    );
    expect(new Set(listed)).toEqual(new Set(['_delta_log/']));
    expect(await info()).toEqual({ latestCommitVersionOutsideOfRetentionWindow: 2 });
    await world.file('a');
    await world.after(9).change(['d']);
    expect(pathsOf(await world.vacuum())).toEqual(['b']);
    expect(world.files()).toEqual(['a', 'c', 'd']);
  });

  test('does not pass a version of which a remove is younger than its commit', async () => {
    await world.create();
    await world.change(['a', 'b']);
    const late = removeFile('b', { deletionTimestamp: world.nowMs + 5 * dayMs });
    await world.commit([{ remove: world.removeOf('a') }, { remove: late }]);
    await world.after(8).change(['c']);
    expect(pathsOf(await world.vacuum())).toEqual(['a']);
    expect(await info()).toEqual({ latestCommitVersionOutsideOfRetentionWindow: 1 });
    world.after(5);
    expect(pathsOf(await world.vacuum())).toEqual(['a', 'b']);
    expect(world.files()).toEqual(['c']);
  });

  test('takes whole versions until they are as many files as a run may delete', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxFiles = 2;
    await world.change(['a', 'b', 'c', 'd']);
    for (const path of ['a', 'b', 'c']) await world.change([], [path]);
    world.after(9);
    expect(await world.vacuum()).toMatchObject({ isMoreLeft: true, bytes: 200 });
    expect(await info()).toEqual({ latestCommitVersionOutsideOfRetentionWindow: 3 });
    expect(pathsOf(await world.vacuum())).toEqual(['c']);
  });

  test('reads as many versions as a run may list, and the next goes on from there', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxListed = 3;
    await world.change(['a', 'b']);
    for (const path of ['a', 'b']) await world.change([path === 'a' ? 'c' : 'd'], [path]);
    world.after(9);
    expect(await world.vacuum()).toMatchObject({ isMoreLeft: true, files: [{ path: 'a' }] });
    expect(await info()).toEqual({ latestCommitVersionOutsideOfRetentionWindow: 2 });
    expect(await world.vacuum()).toMatchObject({ isMoreLeft: false, files: [{ path: 'b' }] });
  });

  test('tells that the log no longer knows what its first versions removed', async () => {
    await world.create();
    await world.change(['a']);
    await world.change(['b'], ['a']);
    await world.checkpoint();
    for (const version of [0, 1]) await world.store.delete(`_delta_log/${String(version).padStart(20, '0')}.json`);
    world.after(9);
    const result = await world.vacuum();
    expect(result).toMatchObject({ untoldBefore: 2, files: [{ path: 'a' }] });
    expect(await world.vacuum()).not.toHaveProperty('untoldBefore');
  });

  test('files of the change data feed go with their commit', async () => {
    await world.create();
    await world.file('_change_data/cdc-1');
    const lines = ['{"cdc":{"path":"_change_data/cdc-1","partitionValues":{},"size":1,"dataChange":false}}'];
    await world.store.put('_delta_log/00000000000000000001.json', new TextEncoder().encode(lines.join('\n')));
    world.version = 1;
    world.after(6);
    expect(pathsOf(await world.vacuum())).toEqual([]);
    world.after(2);
    expect(pathsOf(await world.vacuum())).toEqual(['_change_data/cdc-1']);
  });
});

test('where there is no table, there is nothing to vacuum', async () => {
  expect(await world.vacuum()).toMatchObject({ outcome: 'noTable', files: [] });
});
