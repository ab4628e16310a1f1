import { beforeEach, describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { UnsupportedFeature } from '#delta/errors.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { type VacuumRequest, type VacuumResult, vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';
import { addFile, protocolAction, removeFile } from '../../../support/actions.ts';
import { manifest, manifestRange, stagedFile } from '../../../support/manifests.ts';
import { dayMs, TableWorld } from '../../../support/table-world.ts';

let world: TableWorld;
beforeEach(() => {
  world = new TableWorld();
});

const vacuum = (request: Partial<VacuumRequest> = {}, ports: Partial<typeof world.ports> = {}): Promise<VacuumResult> =>
  vacuumTable({ tableId: 't1', tableName: 'clicks', dryRun: false, ...request }, { ...world.ports, ...ports });
const pathsOf = ({ files }: VacuumResult): string[] => files.map(({ path }) => path);
const stage = (...paths: string[]) =>
  world.ledger.stage({
    moves: [],
    manifests: [manifest([manifestRange(1)], { files: paths.map((path) => stagedFile(path)) })],
  });
/** The store, with something that happens in the middle of one of its methods. */
const storeWhere = (methods: Partial<ObjectStore>) => ({
  logOf: () => ({ objects: { ...world.store, ...methods }, logStore: world.logStore }),
});

describe.each([false, true])('a vacuum, full: %s', (full) => {
  test('deletes what was removed before the retention, and keeps what was removed within it', async () => {
    await world.create();
    await world.change(['a', 'b', 'c']);
    await world.after(1).change([], ['a']);
    await world.after(5).change([], ['b']);
    world.after(2.5);
    const result = await vacuum({ full });
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
    await vacuum({ full });
    expect(world.files()).toEqual(['b', 'c']);
  });

  test('keeps a file that is live again, and one of which another remove is young', async () => {
    await world.create();
    await world.change(['a', 'b']);
    await world.after(1).change([], ['a', 'b']);
    await world.after(1).change(['a', 'b']);
    await world.after(8).change([], ['b']);
    expect(pathsOf(await vacuum({ full }))).toEqual([]);
    expect(world.files()).toEqual(['a', 'b']);
    await world.after(8).change(['d']);
    expect(pathsOf(await vacuum({ full }))).toEqual(['b']);
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
    expect(pathsOf(await vacuum({ full }))).toEqual([]);
    await world.commit([
      { remove: { ...world.removeOf('a'), deletionVector: { ...vector, offset: 41 } } },
      { add: addFile('a') },
    ]);
    await world.after(9).change(['c']);
    expect(pathsOf(await vacuum({ full }))).toEqual(['ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin']);
    expect(world.files()).toEqual(['a', 'b', 'c']);
  });

  test('takes encoded paths for what they mean', async () => {
    await world.create({}, ['day']);
    await world.change(['day=a%20b/x y+%.parquet', 'day=c/z'], [], { partitionValues: { day: 'a b' } });
    await world.after(1).change([], ['day=a%20b/x y+%.parquet']);
    await world.after(8).change(['d']);
    await vacuum({ full });
    expect(world.files()).toEqual(['d', 'day=c/z']);
  });

  test('never deletes what a manifest names', async () => {
    await world.create();
    await world.change(['a', 'b']);
    await world.after(1).change([], ['a']);
    await world.file('staged');
    await stage('staged', 'a');
    await world.after(9).change(['c']);
    expect(pathsOf(await vacuum({ full }))).toEqual([]);
  });

  test('a dry run finds the same and changes nothing', async () => {
    await world.create();
    await world.change(['a']);
    await world.after(1).change(['b'], ['a']);
    const before = world.after(9).paths();
    const result = await vacuum({ full, dryRun: true });
    expect(result).toMatchObject({ outcome: 'planned', files: [{ path: 'a', sizeBytes: 100 }], bytes: 100 });
    expect(world.paths()).toEqual(before);
    expect(world.counted(metrics.vacuumedFiles)).toBe(0);
  });

  test('a retention shorter than the table has is refused unless forced, a longer one always', async () => {
    await world.create({ 'delta.deletedFileRetentionDuration': 'interval 3 days' });
    await world.change(['a']);
    await world.after(1).change(['b'], ['a']);
    world.after(2);
    expect(await vacuum({ full, retentionMs: 2 * dayMs })).toMatchObject({ outcome: 'retentionTooShort', files: [] });
    expect(await vacuum({ full, retentionMs: 4 * dayMs, force: true })).toMatchObject({ outcome: 'retentionTooLong' });
    expect(world.files()).toEqual(['a', 'b']);
    expect(pathsOf(await vacuum({ full, retentionMs: 2 * dayMs, force: true }))).toEqual(['a']);
  });

  test('nothing younger than a day goes, however short the retention', async () => {
    await world.create({ 'delta.deletedFileRetentionDuration': 'interval 0 seconds' });
    await world.change(['a']);
    await world.change(['b'], ['a']);
    await world.file('orphan');
    world.after(0.99);
    expect(pathsOf(await vacuum({ full }))).toEqual([]);
    world.after(0.02);
    expect(pathsOf(await vacuum({ full }))).toEqual(full ? ['a', 'orphan'] : ['a']);
  });

  test('a table whose features are unknown here is refused, and nothing of it deleted', async () => {
    await world.create();
    await world.change(['a']);
    await world.commit([
      protocolAction({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['checkpointProtection'] }),
    ]);
    await world.after(1).change([], ['a']);
    world.after(9);
    await expect(vacuum({ full })).rejects.toThrow(UnsupportedFeature);
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
    expect(pathsOf(await vacuum({ full }))).toEqual([]);
  });

  test('a commit that brings a file back while the vacuum runs, keeps it', async () => {
    await world.create();
    await world.change(['a', 'b']);
    await world.after(1).change([], ['a', 'b']);
    await world.after(9).change(['c']);
    let isRestored = false;
    const ports = storeWhere({
      /** The next version is asked for just before files are deleted: the restore has committed by then. */
      async read(path) {
        if (path.endsWith(`${world.version + 1}.json`) && !isRestored) {
          isRestored = true;
          await world.commit([{ add: addFile('a') }]);
        }
        return world.store.read(path);
      },
    });
    expect(pathsOf(await vacuum({ full }, ports))).toEqual(['b']);
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
    const ports = storeWhere({
      async deleteAll(paths) {
        if (requests++ === 1) throw new Error('crash');
        return world.store.deleteAll(paths);
      },
    });
    await expect(vacuum({ full }, ports)).rejects.toThrow('crash');
    expect(world.files()).toHaveLength(501);
    await vacuum({ full });
    expect(world.files()).toEqual(['kept']);
  });
});

describe('a full vacuum', () => {
  test('finds what no log knows of, once it is old enough, and leaves what is hidden', async () => {
    await world.create({}, ['_day']);
    await world.change(['a']);
    for (const path of ['orphan', '_day=1/orphan', 'x/orphan', 'old.bin']) await world.file(path);
    const hidden = ['_state/x', '.part', 'x/_tmp/y', '_optimize/plan.json', '_day=2', '_other=1/x', 'folder/'];
    for (const path of hidden) await world.file(path);
    world.after(8);
    await world.file('young');
    expect(pathsOf(await vacuum({ full: true }))).toEqual(['_day=1/orphan', 'old.bin', 'orphan', 'x/orphan']);
    expect(world.files()).toEqual([...hidden, 'a', 'young'].sort());
  });

  test('keeps what an absolute path in the log may mean', async () => {
    await world.create();
    await world.commit([{ add: addFile('s3://lake/tables/clicks/day=1/a') }, { add: addFile('file:/elsewhere/b') }]);
    for (const path of ['day=1/a', 'a', 'b', 'day=2/a']) await world.file(path);
    world.after(9);
    expect(pathsOf(await vacuum({ full: true }))).toEqual(['day=2/a']);
  });

  test('goes on behind what one call may list, and tells so', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxListed = 3;
    for (const path of ['a', 'b', 'c', 'd', 'z']) await world.file(path);
    world.after(9);
    const first = await vacuum({ full: true });
    expect(first).toMatchObject({ isMoreLeft: true, continueAfter: 'c' });
    const second = await vacuum({ full: true, after: first.continueAfter! });
    expect(second).not.toHaveProperty('continueAfter');
    expect([first, second].flatMap(pathsOf)).toEqual(['a', 'b', 'c', 'd', 'z']);
    expect(world.files()).toEqual([]);
  });

  test('deletes as many files as a run may, the rest another time', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxFiles = 2;
    for (const path of ['a', 'b', 'c']) await world.file(path);
    world.after(9);
    expect(await vacuum({ full: true })).toMatchObject({ isMoreLeft: true, bytes: 200 });
    expect(await vacuum({ full: true })).toMatchObject({ isMoreLeft: false, bytes: 100 });
  });

  test('what is staged and committed while it runs is kept, at whichever moment', async () => {
    for (const moment of ['before manifests', 'after manifests', 'before the log'] as const) {
      world = new TableWorld();
      await world.create();
      await world.change(['a']);
      await world.file('batch');
      await stage('batch');
      world.after(9);
      let isDone = false;
      /** The committer: the file is in the log, then its manifest goes. */
      const commitAt = async (now: typeof moment) => {
        if (now !== moment || isDone) return;
        isDone = true;
        await world.commit([{ add: addFile('batch') }]);
        await world.ledger.deleteManifests(await world.ledger.manifestsOf('t1'));
      };
      world.logStore = { ...world.logStore, finish: () => commitAt('before the log') };
      const ledger = {
        ...world.ledger,
        async manifestsOf(tableId: string) {
          await commitAt('before manifests');
          const manifests = await world.ledger.manifestsOf(tableId);
          await commitAt('after manifests');
          return manifests;
        },
      };
      await vacuum({ full: true }, { ledger });
      expect({ moment, isDone, files: world.files() }).toEqual({ moment, isDone: true, files: ['a', 'batch'] });
    }
  });
});

test('a manifest that moves in its line while manifests are read, is seen at the second reading', async () => {
  await world.create();
  await world.change(['a']);
  await world.file('stranded');
  await stage('stranded');
  world.after(9);
  let readings = 0;
  const ledger = {
    ...world.ledger,
    /** It leaves for a place that the first reading has passed. */
    manifestsOf: async (tableId: string) => (readings++ === 0 ? [] : world.ledger.manifestsOf(tableId)),
  };
  expect(pathsOf(await vacuum({ full: true }, { ledger }))).toEqual([]);
  expect(world.files()).toEqual(['a', 'stranded']);
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
    await vacuum(
      {},
      storeWhere({
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
    expect(pathsOf(await vacuum())).toEqual(['b']);
    expect(world.files()).toEqual(['a', 'c', 'd']);
  });

  test('does not pass a version of which a remove is younger than its commit', async () => {
    await world.create();
    await world.change(['a', 'b']);
    const late = removeFile('b', { deletionTimestamp: world.nowMs + 5 * dayMs });
    await world.commit([{ remove: world.removeOf('a') }, { remove: late }]);
    await world.after(8).change(['c']);
    expect(pathsOf(await vacuum())).toEqual(['a']);
    expect(await info()).toEqual({ latestCommitVersionOutsideOfRetentionWindow: 1 });
    world.after(5);
    expect(pathsOf(await vacuum())).toEqual(['a', 'b']);
    expect(world.files()).toEqual(['c']);
  });

  test('takes whole versions until they are as many files as a run may delete', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxFiles = 2;
    await world.change(['a', 'b', 'c', 'd']);
    for (const path of ['a', 'b', 'c']) await world.change([], [path]);
    world.after(9);
    expect(await vacuum()).toMatchObject({ isMoreLeft: true, bytes: 200 });
    expect(await info()).toEqual({ latestCommitVersionOutsideOfRetentionWindow: 3 });
    expect(pathsOf(await vacuum())).toEqual(['c']);
  });

  test('reads as many versions as a run may list, and the next goes on from there', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxListed = 3;
    await world.change(['a', 'b']);
    for (const path of ['a', 'b']) await world.change([path === 'a' ? 'c' : 'd'], [path]);
    world.after(9);
    expect(await vacuum()).toMatchObject({ isMoreLeft: true, files: [{ path: 'a' }] });
    expect(await info()).toEqual({ latestCommitVersionOutsideOfRetentionWindow: 2 });
    expect(await vacuum()).toMatchObject({ isMoreLeft: false, files: [{ path: 'b' }] });
  });

  test('tells that the log no longer knows what its first versions removed', async () => {
    await world.create();
    await world.change(['a']);
    await world.change(['b'], ['a']);
    await world.checkpoint();
    for (const version of [0, 1]) await world.store.delete(`_delta_log/${String(version).padStart(20, '0')}.json`);
    world.after(9);
    const result = await vacuum();
    expect(result).toMatchObject({ untoldBefore: 2, files: [{ path: 'a' }] });
    expect(await vacuum()).not.toHaveProperty('untoldBefore');
  });

  test('files of the change data feed go with their commit', async () => {
    await world.create();
    await world.file('_change_data/cdc-1');
    const lines = ['{"cdc":{"path":"_change_data/cdc-1","partitionValues":{},"size":1,"dataChange":false}}'];
    await world.store.put('_delta_log/00000000000000000001.json', new TextEncoder().encode(lines.join('\n')));
    world.version = 1;
    world.after(6);
    expect(pathsOf(await vacuum())).toEqual([]);
    world.after(2);
    expect(pathsOf(await vacuum())).toEqual(['_change_data/cdc-1']);
  });
});

test('a full vacuum finds files of the change data feed, and keeps those of commits within the retention', async () => {
  await world.create();
  for (const path of ['_change_data/orphan', '_change_data/day=1/old', '_change_data/late', '_change_data/_started']) {
    await world.file(path);
  }
  const commitOf = (path: string) =>
    new TextEncoder().encode(JSON.stringify({ cdc: { path, partitionValues: {}, size: 1 } }));
  await world.store.put('_delta_log/00000000000000000001.json', commitOf('_change_data/day=1/old'));
  world.after(3);
  await world.store.put('_delta_log/00000000000000000002.json', commitOf('_change_data/late'));
  world.version = 2;
  world.after(5);
  expect(pathsOf(await vacuum({ full: true }))).toEqual(['_change_data/day=1/old', '_change_data/orphan']);
  expect(world.files()).toEqual(['_change_data/_started', '_change_data/late']);
});

test('a full vacuum keeps files of the change data feed that a commit names while it runs', async () => {
  await world.create();
  for (const path of ['_change_data/a', '_change_data/b', '_change_data/c']) await world.file(path);
  world.after(8);
  const put = (version: number, path: string) =>
    world.store.put(
      `_delta_log/${String(version).padStart(20, '0')}.json`,
      new TextEncoder().encode(JSON.stringify({ cdc: { path, partitionValues: {}, size: 1 } })),
    );
  let step = 0;
  const ports = storeWhere({
    async *list(prefix, startAfter) {
      yield* world.store.list(prefix, startAfter);
      /** Once the table's objects are listed. */
      if (prefix === '' && step++ === 0) await put(1, '_change_data/a');
    },
    async read(path) {
      /** Once the files to delete are known. */
      if (path.endsWith('2.json') && step === 1) {
        step++;
        await put(2, '_change_data/b');
      }
      return world.store.read(path);
    },
  });
  expect(pathsOf(await vacuum({ full: true }, ports))).toEqual(['_change_data/c']);
  expect(world.files()).toEqual(['_change_data/a', '_change_data/b']);
});

test('where there is no table, there is nothing to vacuum', async () => {
  expect(await vacuum()).toMatchObject({ outcome: 'noTable', files: [] });
});
