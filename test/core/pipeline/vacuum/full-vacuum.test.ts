import { beforeEach, describe, expect, test } from 'vitest';
import { addFile } from '../../../support/actions.ts';
import { pathsOf, VacuumWorld } from '../../../support/vacuum-world.ts';

let world: VacuumWorld;
beforeEach(() => {
  world = new VacuumWorld();
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
    expect(pathsOf(await world.vacuum({ full: true }))).toEqual(['_day=1/orphan', 'old.bin', 'orphan', 'x/orphan']);
    expect(world.files()).toEqual([...hidden, 'a', 'young'].sort());
  });

  test('keeps what an absolute path in the log may mean', async () => {
    await world.create();
    await world.commit([{ add: addFile('s3://lake/tables/clicks/day=1/a') }, { add: addFile('file:/elsewhere/b') }]);
    for (const path of ['day=1/a', 'a', 'b', 'day=2/a']) await world.file(path);
    world.after(9);
    expect(pathsOf(await world.vacuum({ full: true }))).toEqual(['day=2/a']);
  });

  test('goes on behind what one call may list, and tells so', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxListed = 3;
    for (const path of ['a', 'b', 'c', 'd', 'z']) await world.file(path);
    world.after(9);
    const first = await world.vacuum({ full: true });
    expect(first).toMatchObject({ isMoreLeft: true, continueAfter: 'c' });
    const second = await world.vacuum({ full: true, after: first.continueAfter! });
    expect(second).not.toHaveProperty('continueAfter');
    expect([first, second].flatMap(pathsOf)).toEqual(['a', 'b', 'c', 'd', 'z']);
    expect(world.files()).toEqual([]);
  });

  test('deletes as many files as a run may, the rest another time', async () => {
    await world.create();
    world.settings.tables.clicks.vacuum.maxFiles = 2;
    for (const path of ['a', 'b', 'c']) await world.file(path);
    world.after(9);
    expect(await world.vacuum({ full: true })).toMatchObject({ isMoreLeft: true, bytes: 200 });
    expect(await world.vacuum({ full: true })).toMatchObject({ isMoreLeft: false, bytes: 100 });
  });

  test('what is staged and committed while it runs is kept, at whichever moment', async () => {
    for (const moment of ['before manifests', 'after manifests', 'before the log'] as const) {
      world = new VacuumWorld();
      await world.create();
      await world.change(['a']);
      await world.file('batch');
      await world.stageFiles('batch');
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
      await world.vacuum({ full: true }, { ledger });
      expect({ moment, isDone, files: world.files() }).toEqual({ moment, isDone: true, files: ['a', 'batch'] });
    }
  });
});

test('a manifest that moves in its line while manifests are read, is seen at the second reading', async () => {
  await world.create();
  await world.change(['a']);
  await world.file('stranded');
  await world.stageFiles('stranded');
  world.after(9);
  let readings = 0;
  const ledger = {
    ...world.ledger,
    /** It leaves for a place that the first reading has passed. */
    manifestsOf: async (tableId: string) => (readings++ === 0 ? [] : world.ledger.manifestsOf(tableId)),
  };
  expect(pathsOf(await world.vacuum({ full: true }, { ledger }))).toEqual([]);
  expect(world.files()).toEqual(['a', 'stranded']);
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
  expect(pathsOf(await world.vacuum({ full: true }))).toEqual(['_change_data/day=1/old', '_change_data/orphan']);
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
  const ports = world.storeWhere({
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
  expect(pathsOf(await world.vacuum({ full: true }, ports))).toEqual(['_change_data/c']);
  expect(world.files()).toEqual(['_change_data/a', '_change_data/b']);
});
