import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { metrics } from '#contract/metrics.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { type RepairPorts, repairTable } from '#pipeline/repair/repair-table.ts';
import { addFile, metaDataAction, protocolAction } from '../../../support/actions.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange, stagedFile } from '../../../support/manifests.ts';
import { manyFiles, repairWorld, storeWith } from '../../../support/repaired-table.ts';

const dayMs = 86_400_000;
const vectorUuid = 'ab^-aqEH.-t@S}K{vb[*k^';
const vectorPath = 'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin';
const vector = { storageType: 'u', pathOrInlineDv: vectorUuid, offset: 4, sizeInBytes: 40, cardinality: 6 } as const;

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
    const { world, repair, live } = await repairWorld(manyFiles(25), {
      there: (path) => path < 'part-003',
      settings: { repair: { maxMissingRatio: 1, maxFilesPerCommit: 10 } },
    });
    await writeCheckpoint(world.objects, checkpointCodec, 1, world.nowMs);
    expect(await repair()).toMatchObject({ outcome: 'repaired', removedFiles: 22, versions: [2, 3, 4] });
    expect([2, 3, 4].map((version) => world.actions(version).length - 1)).toEqual([10, 10, 2]);
    expect(await live()).toEqual(['part-000.parquet', 'part-001.parquet', 'part-002.parquet']);
  });

  test('are named by a dry run that writes nothing', async () => {
    const { world, repair, versions } = await repairWorld(manyFiles(3), {
      there: (path) => path !== 'part-001.parquet',
    });
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
    const { world, repair, live } = await repairWorld(manyFiles(4), { there: (path) => path > 'part-001.parquet' });
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
    const { world, repair, versions } = await repairWorld(manyFiles(2), { there: () => false });
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
    const { world, repair, versions } = await repairWorld(manyFiles(3));
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
    const { world, repair, versions } = await repairWorld(manyFiles(of), {
      there: (path) => path >= `part-${String(missing).padStart(3, '0')}`,
      settings: { repair: {} },
    });
    expect(await repair()).toMatchObject({ outcome, missingFiles: missing, unexpectedFiles: missing });
    expect(versions()).toBe(outcome === 'repaired' ? 3 : 2);
    expect(world.counted(metrics.repairsRefused)).toBe(outcome === 'repaired' ? 0 : 1);
  });

  test('past the ratio of what S3 tells of, either; unless somebody says so', async () => {
    const { repair } = await repairWorld(manyFiles(10), { there: () => false, settings: { repair: {} } });
    const expired = new Set(['part-000.parquet']);
    expect(await repair({ expired })).toMatchObject({ outcome: 'tooManyMissing', liveFiles: 10, missingFiles: 1 });
    expect(await repair({ expired, maxMissingRatio: 0.1 })).toMatchObject({ outcome: 'repaired', removedFiles: 1 });
  });

  test('of a table that allows no removal', async () => {
    const { world, repair, versions } = await repairWorld(manyFiles(3), {
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
  const world = await repairWorld(manyFiles(10, { modificationTime: 1_700_000_003_000 - 8 * dayMs }), {
    there: () => false,
    settings: { repair: {}, expireAfter: '7d' },
  });
  expect(await world.repair()).toMatchObject({ outcome: 'repaired', removedFiles: 10, unexpectedFiles: 0 });
  const young = await repairWorld(manyFiles(10, { modificationTime: 1_700_000_003_000 - 6 * dayMs }), {
    there: () => false,
    settings: { repair: {}, expireAfter: '7d' },
  });
  expect(await young.repair()).toMatchObject({ outcome: 'tooManyMissing', unexpectedFiles: 10 });
});

test('a run removes ten commits’ worth; what is missing besides is counted without asking, and left to the next', async () => {
  const { world, repair } = await repairWorld(manyFiles(45), {
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
  const { world, repair } = await repairWorld(manyFiles(1));
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
  const { world, repair } = await repairWorld(manyFiles(1));
  await world.stage(manifest([manifestRange(1)], { files: [stagedFile('coalesced.parquet')] }));
  let readings = 0;
  const { manifestsOf } = world.ledger;
  world.ledger.manifestsOf = async (tableId) => (readings++ === 0 ? manifestsOf(tableId) : []);
  expect(await repair()).toMatchObject({ outcome: 'whole', expiredStaged: [] });
  expect(world.counted(metrics.expiredStagedFiles)).toBe(0);
});

test('of many files only those that the listing lacks are asked for', async () => {
  const files = manyFiles(1).concat(Array.from({ length: 3000 }, (_, n) => addFile(`day=${n % 30}/f-${n}.parquet`)));
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
