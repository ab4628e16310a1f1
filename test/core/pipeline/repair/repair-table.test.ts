import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { metrics } from '#contract/metrics.ts';
import type { Action, AddFile } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { type RepairPorts, type RepairRequest, repairTable } from '#pipeline/repair/repair-table.ts';
import { addFile, metaDataAction, protocolAction, removeFile, tableCreation } from '../../../support/actions.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange, stagedFile } from '../../../support/manifests.ts';

const dayMs = 86_400_000;
const vectorUuid = 'ab^-aqEH.-t@S}K{vb[*k^';
const vectorPath = 'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin';
const vector = { storageType: 'u', pathOrInlineDv: vectorUuid, offset: 4, sizeInBytes: 40, cardinality: 6 } as const;

/** A table whose log holds `files`; of their objects those that `there` picks are in the store. */
async function repairWorld(
  files: AddFile[],
  {
    there = (_: string): boolean => true,
    settings = {} as Record<string, unknown>,
    create = tableCreation() as Action[],
  } = {},
) {
  const world = new CommitWorld({ logStore: 'conditional', repair: { maxMissingRatio: 1 }, ...settings });
  await world.createTable();
  await world.write(0, create);
  await world.write(
    1,
    files.map((add) => ({ add })),
  );
  for (const { path } of files) {
    const decoded = decodeURIComponent(path);
    if (there(decoded) && !decoded.includes('://')) await world.objects.put(decoded, new Uint8Array([1]));
  }
  const repair = (request: Partial<RepairRequest> = {}, ports: Partial<RepairPorts> = {}) =>
    repairTable(
      { tableId: 't1', tableName: 'clicks', dryRun: false, ...request },
      { ...world.ports, locate: () => undefined, ...ports },
    );
  const live = async () => {
    const snapshot = await loadSnapshot(world.objects, world.ports.codec);
    return [...snapshot!.files.keys()].sort();
  };
  const versions = () =>
    [...world.objects.objects.keys()].filter((path) => /^_delta_log\/\d+\.json$/.test(path)).length;
  return { world, repair, live, versions };
}

const many = (count: number, rest: Partial<AddFile> = {}) =>
  Array.from({ length: count }, (_, number) => addFile(`part-${String(number).padStart(3, '0')}.parquet`, rest));

/** The store as `world` has it, with some of it answered otherwise. */
const storeWith = (world: CommitWorld, other: Partial<ObjectStore>): Partial<RepairPorts> => {
  const { logStore } = world.ports.logOf('clicks');
  return { logOf: () => ({ objects: { ...world.objects, ...other }, logStore }) };
};

describe('files that are gone', () => {
  test('leave the log, with all that a tombstone says of them', async () => {
    const gone = addFile('day=2026-11-21/a%20b+c%2525.parquet', {
      partitionValues: { day: '2026-11-21' },
      size: 77,
      stats: '{"numRecords":3}',
      tags: { INSERTION_TIME: '1' },
    });
    const { world, repair, live } = await repairWorld([gone, addFile('b.parquet')], {
      there: (path) => path === 'b.parquet',
      create: [protocolAction(), metaDataAction({ partitionColumns: ['day'] })],
    });
    expect(await repair()).toMatchObject({
      outcome: 'repaired',
      liveFiles: 2,
      missingFiles: 1,
      removedFiles: 1,
      removedBytes: 77,
      versions: [2],
      missing: [{ gone: 'data', add: { path: gone.path } }],
    });
    const [info, ...removes] = world.actions(2);
    expect(info).toMatchObject({ commitInfo: { operation: 'FSCK', readVersion: 1, isBlindAppend: false } });
    expect(removes).toEqual([
      {
        remove: {
          path: gone.path,
          deletionTimestamp: world.nowMs,
          dataChange: true,
          extendedFileMetadata: true,
          partitionValues: { day: '2026-11-21' },
          size: 77,
          tags: { INSERTION_TIME: '1' },
        },
      },
    ]);
    expect(await live()).toEqual(['b.parquet']);
    expect(world.counted(metrics.repairedFiles)).toBe(1);
    expect(world.counted(metrics.repairRuns)).toBe(1);
    expect(await repair()).toMatchObject({ outcome: 'whole', missingFiles: 0, versions: [] });
  });

  test('leave it in chunks, and from a checkpoint as from commits', async () => {
    const { world, repair, live } = await repairWorld(many(25), {
      there: (path) => path < 'part-003',
      settings: { repair: { maxMissingRatio: 1, maxFilesPerCommit: 10 } },
    });
    await writeCheckpoint(world.objects, checkpointCodec, 1, world.nowMs);
    expect(await repair()).toMatchObject({ outcome: 'repaired', removedFiles: 22, versions: [2, 3, 4] });
    expect([2, 3, 4].map((version) => world.actions(version).length - 1)).toEqual([10, 10, 2]);
    expect(await live()).toEqual(['part-000.parquet', 'part-001.parquet', 'part-002.parquet']);
  });

  test('are named by a dry run that writes nothing', async () => {
    const { world, repair, versions } = await repairWorld(many(3), { there: (path) => path !== 'part-001.parquet' });
    const before = world.objects.objects.size;
    expect(await repair({ dryRun: true })).toMatchObject({
      outcome: 'planned',
      missing: [{ add: { path: 'part-001.parquet' } }],
      removedFiles: 0,
    });
    expect(versions()).toBe(2);
    expect(world.objects.objects.size).toBe(before);
    expect(world.counted(metrics.repairedFiles)).toBe(0);
  });

  test('may be said to be by S3: then these alone are asked for', async () => {
    const { world, repair, live } = await repairWorld(many(4), { there: (path) => path > 'part-001.parquet' });
    const asked: string[] = [];
    const watched = storeWith(world, {
      head: (path) => {
        if (!path.startsWith('_delta_log/')) asked.push(path);
        return world.objects.head(path);
      },
      list: (prefix, startAfter) => {
        expect(prefix).not.toBe('');
        return world.objects.list(prefix, startAfter);
      },
    });
    const expired = new Set(['part-001.parquet', 'part-003.parquet', 'never-committed.parquet']);
    expect(await repair({ expired }, watched)).toMatchObject({ outcome: 'repaired', removedFiles: 1 });
    expect(asked.sort()).toEqual(['part-001.parquet', 'part-003.parquet']);
    expect(await live()).toEqual(['part-000.parquet', 'part-002.parquet', 'part-003.parquet']);
  });
});

describe('deletion vectors', () => {
  test('a missing file with a vector is removed as the very file that it is', async () => {
    const withVector = addFile('a.parquet', { deletionVector: vector });
    const { world, repair, live } = await repairWorld([withVector], { there: () => false, create: withVectors });
    await world.objects.put(vectorPath, new Uint8Array([1]));
    expect(await repair()).toMatchObject({ outcome: 'repaired', missing: [{ gone: 'data' }] });
    expect(world.actions(2)[1]).toMatchObject({ remove: { path: 'a.parquet', deletionVector: vector } });
    expect(await live()).toEqual([]);
  });

  test('a file without its vector cannot be read: it is removed, by event and by search', async () => {
    for (const expired of [undefined, new Set([vectorPath])]) {
      const files = [addFile('a.parquet', { deletionVector: vector }), addFile('b.parquet')];
      const { repair, live } = await repairWorld(files, { create: withVectors });
      expect(await repair(expired === undefined ? {} : { expired })).toMatchObject({
        outcome: 'repaired',
        missing: [{ gone: 'deletionVector' }],
      });
      expect(await live()).toEqual(['b.parquet']);
    }
  });

  test('an inline vector is part of the log', async () => {
    const inline = {
      storageType: 'i' as const,
      pathOrInlineDv: 'wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
      sizeInBytes: 40,
      cardinality: 6,
    };
    const { repair } = await repairWorld([addFile('a.parquet', { deletionVector: inline })], { create: withVectors });
    expect(await repair()).toMatchObject({ outcome: 'whole', liveFiles: 1 });
  });
});

const withVectors: Action[] = [
  protocolAction({
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['deletionVectors'],
    writerFeatures: ['deletionVectors'],
  }),
  metaDataAction(),
];

describe('absolute paths', () => {
  test('are asked for within the lake’s bucket, and let be outside of it', async () => {
    const files = [
      addFile('s3://lake/tables/clicks/own.parquet'),
      addFile('s3://lake/elsewhere/here.parquet'),
      addFile('s3://lake/elsewhere/gone.parquet'),
      addFile('s3://other/tables/clicks/a.parquet'),
      addFile('kept.parquet'),
    ];
    const { world, repair, live } = await repairWorld(files);
    const bucket = {
      ...world.objects,
      head: async (path: string) => (path.endsWith('gone.parquet') ? undefined : info),
    };
    const info = { path: '', sizeBytes: 1, lastModifiedMs: 0, etag: '"1"' };
    const locate: RepairPorts['locate'] = (path) =>
      path.startsWith('s3://lake/') ? { store: bucket, path: path.slice('s3://lake/'.length) } : undefined;
    expect(await repair({}, { locate })).toMatchObject({
      outcome: 'repaired',
      removedFiles: 2,
      filesElsewhere: 1,
      elsewhere: ['s3://other/tables/clicks/a.parquet'],
    });
    expect(await live()).toEqual([
      'kept.parquet',
      's3://lake/elsewhere/here.parquet',
      's3://other/tables/clicks/a.parquet',
    ]);
  });
});

describe('nothing is removed', () => {
  test('where S3 does not say whether an object is there', async () => {
    const { world, repair, versions } = await repairWorld(many(2), { there: () => false });
    const refused = storeWith(world, {
      head: async (path) => {
        if (!path.startsWith('_delta_log/')) throw new Error('AccessDenied');
        return world.objects.head(path);
      },
    });
    await expect(repair({}, refused)).rejects.toThrow('AccessDenied');
    expect(versions()).toBe(2);
    expect(world.counted(metrics.repairFailures)).toBe(1);
  });

  test('of what a listing leaves out but is there', async () => {
    const { world, repair, versions } = await repairWorld(many(3));
    const blind = storeWith(world, {
      list: (prefix, startAfter) => (prefix === '' ? nothing() : world.objects.list(prefix, startAfter)),
    });
    expect(await repair({}, blind)).toMatchObject({ outcome: 'whole', liveFiles: 3 });
    expect(versions()).toBe(2);
  });

  test.each([
    [5, 100, 'repaired'],
    [6, 100, 'tooManyMissing'],
  ] as const)('past the ratio: %i of %i are %s', async (missing, of, outcome) => {
    const { world, repair, versions } = await repairWorld(many(of), {
      there: (path) => path >= `part-${String(missing).padStart(3, '0')}`,
      settings: { repair: {} },
    });
    expect(await repair()).toMatchObject({ outcome, missingFiles: missing, unexpectedFiles: missing });
    expect(versions()).toBe(outcome === 'repaired' ? 3 : 2);
    expect(world.counted(metrics.repairsRefused)).toBe(outcome === 'repaired' ? 0 : 1);
  });

  test('past the ratio of what S3 tells of, either; unless somebody says so', async () => {
    const { repair } = await repairWorld(many(10), { there: () => false, settings: { repair: {} } });
    const expired = new Set(['part-000.parquet']);
    expect(await repair({ expired })).toMatchObject({ outcome: 'tooManyMissing', liveFiles: 10, missingFiles: 1 });
    expect(await repair({ expired, maxMissingRatio: 0.1 })).toMatchObject({ outcome: 'repaired', removedFiles: 1 });
  });

  test('of a table that allows no removal', async () => {
    const { world, repair, versions } = await repairWorld(many(3), {
      there: (path) => path !== 'part-001.parquet',
      create: [protocolAction(), metaDataAction({ configuration: { 'delta.appendOnly': 'true' } })],
    });
    expect(await repair()).toMatchObject({ outcome: 'appendOnly', missingFiles: 1 });
    expect(versions()).toBe(2);
    expect(world.counted(metrics.repairsRefused)).toBe(1);
  });

  test('where there is no table', async () => {
    const world = new CommitWorld();
    await world.createTable();
    const request = { tableId: 't1', tableName: 'clicks', dryRun: false };
    expect(await repairTable(request, { ...world.ports, locate: () => undefined })).toMatchObject({
      outcome: 'noTable',
    });
  });
});

test('files that their table’s expiry explains may all be gone, younger ones not', async () => {
  const world = await repairWorld(many(10, { modificationTime: 1_700_000_003_000 - 8 * dayMs }), {
    there: () => false,
    settings: { repair: {}, expireAfter: '7d' },
  });
  expect(await world.repair()).toMatchObject({ outcome: 'repaired', removedFiles: 10, unexpectedFiles: 0 });
  const young = await repairWorld(many(10, { modificationTime: 1_700_000_003_000 - 6 * dayMs }), {
    there: () => false,
    settings: { repair: {}, expireAfter: '7d' },
  });
  expect(await young.repair()).toMatchObject({ outcome: 'tooManyMissing', unexpectedFiles: 10 });
});

describe('files that go a few at a time', () => {
  const pathOf = (number: number) => `part-${String(number).padStart(3, '0')}.parquet`;
  const pathsOf = (from: number, to: number) =>
    new Set(Array.from({ length: to - from }, (_, at) => pathOf(from + at)));

  /** A hundred files, of which S3 deletes some at each call of `lose`, and tells. */
  async function losing({ settings = {} as Record<string, unknown>, rest = {} as Partial<AddFile> } = {}) {
    const table = await repairWorld(many(100, rest), { settings: { repair: {}, ...settings } });
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

describe('commits of others, between the look and the removal', () => {
  /** `theirs` becomes version 2 as soon as the repair has asked for the last of the missing files. */
  async function beside(theirs: Action[]) {
    const found = await repairWorld(many(4), { there: (path) => path > 'part-001.parquet' });
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
    const { world, repair, live } = await repairWorld(many(4), {
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

test('a run removes ten commits’ worth; what is missing besides is counted without asking, and left to the next', async () => {
  const { world, repair } = await repairWorld(many(45), {
    there: (path) => path < 'part-005',
    settings: { repair: { maxMissingRatio: 1, maxFilesPerCommit: 1 } },
  });
  let heads = 0;
  const counted = storeWith(world, {
    head: (path) => {
      if (!path.startsWith('_delta_log/')) heads += 1;
      return world.objects.head(path);
    },
  });
  expect(await repair({}, counted)).toMatchObject({ outcome: 'repaired', missingFiles: 40, removedFiles: 10 });
  expect(heads).toBeLessThan(40);
  expect(await repair()).toMatchObject({ outcome: 'repaired', missingFiles: 30, removedFiles: 10 });
});

test('staged files that are gone before their commit are told of, and stay staged', async () => {
  const { world, repair } = await repairWorld(many(1));
  await world.objects.put('there.parquet', new Uint8Array());
  const files = [stagedFile('gone.parquet'), stagedFile('there.parquet')];
  await world.stage(manifest([manifestRange(1)], { files }));
  expect(await repair()).toMatchObject({ outcome: 'whole', expiredStaged: ['gone.parquet'] });
  expect(await repair({ expired: new Set(['there.parquet']) })).toMatchObject({ expiredStaged: [] });
  expect(await repair({ expired: new Set(['gone.parquet']) })).toMatchObject({ expiredStaged: ['gone.parquet'] });
  expect(world.counted(metrics.expiredStagedFiles)).toBe(2);
  expect(await world.ledger.manifestsOf('t1')).toHaveLength(1);
});

test('staged files that a commit has settled meanwhile are not missed', async () => {
  const { world, repair } = await repairWorld(many(1));
  await world.stage(manifest([manifestRange(1)], { files: [stagedFile('coalesced.parquet')] }));
  let readings = 0;
  const { manifestsOf } = world.ledger;
  world.ledger.manifestsOf = async (tableId) => (readings++ === 0 ? manifestsOf(tableId) : []);
  expect(await repair()).toMatchObject({ outcome: 'whole', expiredStaged: [] });
  expect(world.counted(metrics.expiredStagedFiles)).toBe(0);
});

test('of many files only those that the listing lacks are asked for', async () => {
  const files = many(1).concat(Array.from({ length: 3000 }, (_, n) => addFile(`day=${n % 30}/f-${n}.parquet`)));
  const { world, repair } = await repairWorld(files, { there: (path) => path !== 'day=7/f-37.parquet' });
  const heads: string[] = [];
  const counted = storeWith(world, {
    head: (path) => {
      if (!path.startsWith('_delta_log/')) heads.push(path);
      return world.objects.head(path);
    },
  });
  expect(await repair({}, counted)).toMatchObject({ outcome: 'repaired', liveFiles: 3001, removedFiles: 1 });
  expect(heads).toEqual(['day=7/f-37.parquet']);
});

async function* nothing() {}
