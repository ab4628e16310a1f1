import { beforeEach, describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { CorruptLog, UnsupportedFeature } from '#delta/errors.ts';
import { checkpointPath, commitFileName, commitPath, paddedVersion } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { versionAt } from '#delta/time-travel.ts';
import { type CleanLogRequest, type CleanLogResult, cleanLog } from '#pipeline/log/clean-log.ts';
import { addFile, metaDataAction, protocolAction, txnAction } from '../../../support/actions.ts';
import { memoryCommitEntries } from '../../../support/memory-commit-entries.ts';
import { dayMs, TableWorld } from '../../../support/table-world.ts';

let world: TableWorld;
beforeEach(() => {
  world = new TableWorld();
});

const clean = (request: Partial<CleanLogRequest> = {}, store: Partial<ObjectStore> = {}): Promise<CleanLogResult> =>
  cleanLog(
    { tableName: 'clicks', dryRun: false, ...request },
    { ...world.ports, logOf: () => ({ objects: { ...world.store, ...store }, logStore: world.logStore }) },
  );
const put = (path: string, text = 'x') => world.store.put(`_delta_log/${path}`, new TextEncoder().encode(text));
const namesIn = ({ files }: CleanLogResult): string[] =>
  files.map(({ path }) => path.slice('_delta_log/'.length).replace(/^0+(?=\d)/, ''));

/** Versions 0 to 40, one a day, each with a file; checkpoints of every tenth. 40 days have passed. */
async function dailyVersions(configuration: Record<string, string> = {}): Promise<void> {
  await world.create(configuration);
  for (let day = 1; day <= 40; day++) {
    await world.after(1).commit([{ add: addFile(`f${day}`) }, txnAction('app/1', BigInt(day))]);
    if (day % 10 === 0) await world.checkpoint();
  }
}

test('versions past their retention go, but for the checkpoint that stands in for them and what follows', async () => {
  await dailyVersions({ 'delta.logRetentionDuration': 'interval 25 days' });
  for (const version of [3, 9, 10]) await put(`${paddedVersion(version)}.crc`);
  const before = await Promise.all([10, 15, 40].map((version) => loadSnapshot(world.store, world.codec, version)));
  const result = await clean();
  expect(result).toMatchObject({
    outcome: 'cleaned',
    keptFrom: 10,
    checkpoint: { version: 10, proof: 'sameAsLog' },
    isMoreLeft: false,
  });
  const expected = Array.from({ length: 10 }, (_, version) => `${version}.json`);
  expect(namesIn(result)).toEqual([...expected.slice(0, 3), '3.crc', ...expected.slice(3, 9), '9.crc', '9.json']);
  expect(world.logFiles()).toContain('10.json');
  expect(world.logFiles()).toContain('10.crc');
  expect(await Promise.all([10, 15, 40].map((version) => loadSnapshot(world.store, world.codec, version)))).toEqual(
    before,
  );
  expect(world.counted(metrics.cleanedLogFiles)).toBe(12);
  expect(world.counted(metrics.logCleanupRuns)).toBe(1);
  expect(await clean()).toMatchObject({ outcome: 'nothing', files: [] });
});

test('retention ends at a midnight: a version of that day stays as long as the day', async () => {
  await dailyVersions({ 'delta.logRetentionDuration': 'interval 20 days' });
  world.after(-0.000001);
  expect(await clean({ dryRun: true })).toMatchObject({ keptFrom: 10 });
  world.after(0.000001);
  expect(await clean({ dryRun: true })).toMatchObject({ keptFrom: 20 });
  world = new TableWorld().after(0.5);
  await dailyVersions({ 'delta.logRetentionDuration': 'interval 20 days' });
  world.after(0.4999);
  expect(await clean({ dryRun: true })).toMatchObject({ keptFrom: 10 });
  world.after(0.0001);
  expect(await clean({ dryRun: true })).toMatchObject({ keptFrom: 20 });
});

test('versions that say when they were made are as old as they say', async () => {
  await world.create({ 'delta.enableInCommitTimestamps': 'true', 'delta.inCommitTimestampEnablementVersion': '5' });
  await world.commit([
    protocolAction({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['inCommitTimestamp'] }),
  ]);
  for (let day = 2; day <= 40; day++) {
    world.after(1);
    /** The clock of who wrote version 20 and later was three days ahead. */
    const inCommitTimestamp = world.nowMs + (day >= 20 ? 3 * dayMs : 0);
    await world.commit([{ commitInfo: day < 5 ? {} : { inCommitTimestamp } }, { add: addFile(`f${day}`) }]);
    if (day % 10 === 0) await world.checkpoint();
  }
  expect(await clean({ dryRun: true })).toMatchObject({ keptFrom: 10 });
  world.after(12.5);
  expect(await clean({ dryRun: true })).toMatchObject({ keptFrom: 10 });
  world.after(1);
  expect(await clean({ dryRun: true })).toMatchObject({ keptFrom: 20 });
});

test('a dry run finds the same and changes nothing', async () => {
  await dailyVersions();
  const before = world.paths();
  const result = await clean({ dryRun: true });
  expect(result).toMatchObject({ outcome: 'planned', keptFrom: 10, bytes: expect.any(Number) });
  expect(result.files).toHaveLength(10);
  expect(world.paths()).toEqual(before);
});

test('without a checkpoint that is old enough, nothing goes', async () => {
  await world.create();
  for (let day = 1; day <= 40; day++) await world.after(1).change([`f${day}`]);
  expect(await clean()).toMatchObject({ outcome: 'nothing', files: [] });
  await world.checkpoint(20);
  expect(await clean()).toMatchObject({ outcome: 'nothing', files: [] });
  await world.checkpoint(7);
  expect(await clean()).toMatchObject({ outcome: 'cleaned', keptFrom: 7 });
});

test('a young table, one that forbids it and one that is not there are left alone', async () => {
  expect(await clean()).toMatchObject({ outcome: 'noTable' });
  await world.create();
  await world.checkpoint();
  expect(await clean()).toMatchObject({ outcome: 'nothing' });
  world = new TableWorld();
  await dailyVersions({ 'delta.enableExpiredLogCleanup': 'false' });
  expect(await clean()).toMatchObject({ outcome: 'disabled', files: [] });
});

test('a table with features unknown here is refused, checkpointProtection among them', async () => {
  await dailyVersions();
  await world.commit([
    protocolAction({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['checkpointProtection'] }),
  ]);
  const before = world.paths();
  await expect(clean()).rejects.toThrow(UnsupportedFeature);
  expect(world.paths()).toEqual(before);
  expect(world.counted(metrics.logCleanupFailures)).toBe(1);
});

describe('the checkpoint that would stand in for the rest', () => {
  /** Puts the checkpoint of version 10 of another table in the place of this one's. */
  async function forge(of: (other: TableWorld) => Promise<void>): Promise<void> {
    const other = new TableWorld();
    await of(other);
    await world.store.put(checkpointPath(10), (await other.store.read(checkpointPath(10)))!.bytes);
  }
  const otherTable = async (other: TableWorld, actions: (day: number) => Parameters<TableWorld['commit']>[0]) => {
    await other.create();
    for (let day = 1; day <= 10; day++) await other.after(1).commit(actions(day));
    await other.checkpoint();
  };

  test.each([
    ['lacks a file', (day: number) => (day === 4 ? [] : [{ add: addFile(`f${day}`) }])],
    ['has a file more', (day: number) => [{ add: addFile(`f${day}`) }, ...(day === 4 ? [{ add: addFile('x') }] : [])]],
    ['has a file of another size', (day: number) => [{ add: addFile(`f${day}`, day === 4 ? { size: 7 } : {}) }]],
    ['has another protocol', (day: number) => [{ add: addFile(`f${day}`) }, protocolAction({ minWriterVersion: 1 })]],
  ])('is refused when it %s', async (_, actions) => {
    await dailyVersions();
    await forge((other) => otherTable(other, (day) => [...actions(day), txnAction('app/1', BigInt(day))]));
    const before = world.paths();
    await expect(clean()).rejects.toThrow(CorruptLog);
    expect(world.paths()).toEqual(before);
  });

  test.each([
    ['lacks a transaction', () => []],
    ['has an older transaction', (day: number) => [txnAction('app/1', BigInt(day - 1))]],
    ['has a transaction more', (day: number) => [txnAction('app/1', BigInt(day)), txnAction('app/2', 1n)]],
  ])('is refused when it %s', async (_, txns) => {
    await dailyVersions();
    await forge((other) => otherTable(other, (day) => [{ add: addFile(`f${day}`) }, ...txns(day)]));
    await expect(clean()).rejects.toThrow(/checkpoint 10: expected .*txn app/);
  });

  test('is refused when it is cut off', async () => {
    await dailyVersions();
    const { bytes } = (await world.store.read(checkpointPath(10)))!;
    await world.store.put(checkpointPath(10), bytes.slice(0, -100));
    const before = world.paths();
    await expect(clean()).rejects.toThrow(CorruptLog);
    expect(world.paths()).toEqual(before);
  });

  test('is compared with the log from a checkpoint before it, too', async () => {
    await dailyVersions();
    await clean();
    world.after(10);
    await forge((other) => otherTable(other, (day) => [{ add: addFile(`f${day}`) }, txnAction('app/1', BigInt(day))]));
    expect(await clean()).toMatchObject({ keptFrom: 20, checkpoint: { version: 20, proof: 'sameAsLog' } });
  });

  test('need only be readable where the log does not reach back to what it says', async () => {
    await dailyVersions();
    for (const version of [0, 1, 2]) await world.store.delete(commitPath(version));
    const result = await clean();
    expect(result).toMatchObject({ keptFrom: 10, checkpoint: { version: 10, proof: 'readable' } });
    expect(result.files).toHaveLength(7);
  });

  test('may name features in another order, and spell the schema otherwise', async () => {
    const features = ['deletionVectors', 'timestampNtz', 'v2Checkpoint'];
    const fill = async (table: TableWorld, names: string[], spelled: string): Promise<void> => {
      const versions = { minReaderVersion: 3, minWriterVersion: 7 };
      await table.commit([
        protocolAction({ ...versions, readerFeatures: names, writerFeatures: [...names, 'appendOnly'] }),
        metaDataAction({ schemaString: spelled }),
      ]);
      for (let day = 1; day <= 40; day++) {
        await table.after(1).change([`f${day}`]);
        if (day === 10) await table.checkpoint();
      }
    };
    await fill(
      world,
      features,
      '{"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{"a":1,"b":2}}]}',
    );
    await forge((other) =>
      fill(
        other,
        features.toReversed(),
        '{"fields":[{"metadata":{"b":2,"a":1},"nullable":true,"type":"long","name":"id"}],"type":"struct"}',
      ),
    );
    await world.checkpoint(10);
    expect(await clean()).toMatchObject({ outcome: 'cleaned', checkpoint: { version: 10, proof: 'sameAsLog' } });
  });

  test('may have other statistics and tombstones than the log', async () => {
    await world.create();
    for (let day = 1; day <= 40; day++) {
      await world.after(1).change([`f${day}`], day > 1 ? [`f${day - 1}`] : [], { stats: '{"numRecords":1}' });
      if (day % 10 === 0) await world.checkpoint();
    }
    expect(await clean()).toMatchObject({ outcome: 'cleaned', checkpoint: { proof: 'sameAsLog' } });
  });
});

test('versions that date later ones stay, so that instants mean the versions that they meant', async () => {
  await world.create();
  for (let version = 1; version <= 12; version++) {
    if (version !== 9 && version !== 10) world.after(1);
    if (version === 8) world.after(3);
    if (version === 9) world.after(-2);
    await world.commit([{ add: addFile(`f${version}`) }]);
    if (version === 10) await world.checkpoint();
    if (version === 10) world.after(2);
  }
  world.after(40);
  const instants = ['2026-01-12T00:00:00.000Z', '2026-01-12T00:00:00.001Z', '2026-01-12T00:00:00.002Z'].map(Date.parse);
  const meant = await Promise.all(instants.map((ms) => versionAt(world.store, world.codec, ms)));
  expect(meant).toEqual([8, 9, 10]);
  expect(await clean()).toMatchObject({ keptFrom: 8, checkpoint: { version: 10 } });
  expect(await Promise.all(instants.map((ms) => versionAt(world.store, world.codec, ms)))).toEqual(meant);
  expect(world.logFiles()).not.toContain('7.json');
});

test('a compacted file that begins before the checkpoint goes with it', async () => {
  await dailyVersions();
  for (const [from, to] of [
    [1, 3],
    [9, 12],
    [10, 13],
    [11, 14],
  ])
    await put(`${paddedVersion(from!)}.${paddedVersion(to!)}.compacted.json`);
  const names = namesIn(await clean()).filter((name) => name.includes('compacted'));
  expect(names.map((name) => name.split('.')[0])).toEqual(['1', '9', '10']);
});

test('a compacted file that stands in for commits that are gone stays', async () => {
  await dailyVersions();
  const lines = [11, 12].map((day) => JSON.stringify({ add: addFile(`f${day}`) }));
  await put(`${paddedVersion(10)}.${paddedVersion(12)}.compacted.json`, lines.join('\n'));
  for (const version of [11, 12]) await world.store.delete(commitPath(version));
  expect(await clean()).toMatchObject({ outcome: 'cleaned', keptFrom: 10 });
  expect(world.logFiles().filter((name) => name.includes('compacted'))).toHaveLength(1);
});

test('nothing goes past a version that another writer has still to acknowledge', async () => {
  await dailyVersions();
  const asked: number[] = [];
  let isFinished = false;
  world.logStore = {
    ...world.logStore,
    finish: async () => {
      isFinished = true;
    },
    async isFinished(version) {
      expect(isFinished).toBe(true);
      asked.push(version);
      return version !== 4;
    },
  };
  expect(namesIn(await clean())).toEqual(['0.json', '1.json', '2.json', '3.json']);
  expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(await loadSnapshot(world.store, world.codec, 10)).toBeDefined();
});

test('a crash leaves a log that begins later; the next run goes on', async () => {
  await dailyVersions();
  const before = await loadSnapshot(world.store, world.codec);
  const crashing = {
    async deleteAll(paths: readonly string[]) {
      await world.store.deleteAll(paths.slice(0, 4));
      throw new Error('crash');
    },
  };
  await expect(clean({}, crashing)).rejects.toThrow('crash');
  expect(world.logFiles().filter((name) => /^[0-9]\.json$/.test(name))).toEqual(
    ['4', '5', '6', '7', '8', '9'].map((version) => `${version}.json`),
  );
  expect(await loadSnapshot(world.store, world.codec)).toEqual(before);
  expect(await clean()).toMatchObject({ outcome: 'cleaned', keptFrom: 10 });
  expect(await loadSnapshot(world.store, world.codec)).toEqual(before);
});

test('a run deletes as many files as it may, the oldest first', async () => {
  await dailyVersions();
  world.settings.tables.clicks.logCleanup.maxFiles = 4;
  const result = await clean();
  expect(namesIn(result)).toEqual(['0.json', '1.json', '2.json', '3.json']);
  expect(result.isMoreLeft).toBe(true);
});

test('sidecars that no checkpoint names go a day after they were put', async () => {
  await dailyVersions();
  const lines = [
    '{"checkpointMetadata":{"version":15}}',
    '{"sidecar":{"path":"named.parquet","sizeInBytes":1,"modificationTime":0}}',
    '{"sidecar":{"path":"s3://lake/tables/clicks/_delta_log/_sidecars/by-uri.parquet","sizeInBytes":1,"modificationTime":0}}',
  ];
  await put(`${paddedVersion(15)}.checkpoint.3a0d65cd-4056-49b8-937b-95f9e3ee90e5.json`, lines.join('\n'));
  await put(
    `${paddedVersion(5)}.checkpoint.3a0d65cd-4056-49b8-937b-95f9e3ee90e5.json`,
    lines.join('\n').replace('named', 'older'),
  );
  for (const name of ['named', 'by-uri', 'older', 'left']) await put(`_sidecars/${name}.parquet`);
  world.after(0.9);
  await put('_sidecars/young.parquet');
  world.after(0.2);
  expect(namesIn(await clean()).slice(-2)).toEqual(['_sidecars/left.parquet', '_sidecars/older.parquet']);
  expect(world.logFiles().filter((name) => name.startsWith('_sidecars'))).toEqual(
    ['by-uri', 'named', 'young'].map((name) => `_sidecars/${name}.parquet`),
  );
});

test('checkpoints that may name sidecars are read several at a time', async () => {
  await dailyVersions();
  await put('_sidecars/left.parquet');
  world.after(1.1);
  let underWay = 0;
  let most = 0;
  const readRange: ObjectStore['readRange'] = async (...range) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    return world.store.readRange(...range);
  };
  expect(namesIn(await clean({}, { readRange })).at(-1)).toBe('_sidecars/left.parquet');
  expect(most).toBeGreaterThanOrEqual(4);
});

test('an empty checkpoint, which readers pass over, names no sidecars and stands in for nothing', async () => {
  await dailyVersions();
  await world.store.put(`_delta_log/${paddedVersion(40)}.checkpoint.parquet`, new Uint8Array());
  await put('_sidecars/left.parquet');
  world.after(1.1);
  expect(namesIn(await clean()).at(-1)).toBe('_sidecars/left.parquet');
});

test('a table with V2 checkpoints keeps the sidecars of those that stay, and is what it was', async () => {
  await world.commit([
    protocolAction({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['v2Checkpoint'],
      writerFeatures: ['v2Checkpoint'],
    }),
    metaDataAction({ configuration: { 'delta.checkpointPolicy': 'v2' } }),
  ]);
  for (let day = 1; day <= 45; day++) {
    await world.after(1).commit([{ add: addFile(`f${day}`) }, txnAction('app/1', BigInt(day))]);
    if (day % 5 === 0) await writeCheckpoint(world.store, world.codec, day, world.nowMs, () => crypto.randomUUID());
  }
  const sidecars = () => world.logFiles().filter((name) => name.startsWith('_sidecars/'));
  expect(sidecars().length).toBeGreaterThanOrEqual(9);
  const before = await loadSnapshot(world.store, world.codec);
  const perCheckpoint = sidecars().length / 9;
  expect(await clean()).toMatchObject({ keptFrom: 15, checkpoint: { version: 15, proof: 'sameAsLog' } });
  expect(sidecars()).toHaveLength(7 * perCheckpoint);
  expect(await loadSnapshot(world.store, world.codec)).toEqual(before);
  expect([...(await loadSnapshot(world.store, world.codec, 15))!.files.keys()]).toHaveLength(15);
});

test('what commits were finished from goes once it is 30 days old, whether versions leave or not', async () => {
  await world.create();
  await put('.tmp/00000000000000000001.json.a');
  world.after(29);
  await put('.tmp/00000000000000000002.json.b');
  expect(await clean()).toMatchObject({ outcome: 'nothing', files: [] });
  world.after(1);
  expect(await clean({ dryRun: true })).toMatchObject({ outcome: 'planned', isMoreLeft: false });
  const result = await clean();
  expect(result).toMatchObject({ outcome: 'cleaned' });
  expect(namesIn(result)).toEqual(['.tmp/00000000000000000001.json.a']);
  expect(world.logFiles()).toContain('.tmp/00000000000000000002.json.b');
});

test('a commit that nobody has finished since is finished before what it is finished from goes', async () => {
  await world.create();
  const entries = memoryCommitEntries();
  const tempPath = '.tmp/00000000000000000001.json.theirs';
  await entries.putIfAbsent({ tablePath: 's3a://lake/clicks', fileName: commitFileName(1), tempPath, complete: false });
  await put(tempPath, '{"commitInfo":{"engineInfo":"Spark"}}');
  const clock = () => world.nowMs;
  world.logStore = dynamodbLogStore({
    ...{ store: world.store, entries, tablePath: 's3a://lake/clicks', clock },
    ids: () => 'ours',
  });
  world.after(31);
  expect(namesIn(await clean())).toEqual([tempPath]);
  expect(world.logFiles()).toEqual(['0.json', '1.json']);
});

test('versions before the first checkpoint, of which others have cleaned up the first, wait for one behind it', async () => {
  await dailyVersions();
  await world.store.delete(checkpointPath(10));
  for (let version = 0; version <= 4; version++) await world.store.delete(commitPath(version));
  expect(await clean()).toMatchObject({ outcome: 'nothing', files: [] });
  world.after(10);
  expect(await clean()).toMatchObject({ outcome: 'cleaned', keptFrom: 20, checkpoint: { proof: 'readable' } });
});
