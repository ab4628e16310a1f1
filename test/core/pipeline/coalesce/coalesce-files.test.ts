import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { metrics } from '#contract/metrics.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import type { DataType } from '#delta/schema.ts';
import type { FileJoiner } from '#pipeline/coalesce/coalesce-files.ts';
import { commitTable } from '#pipeline/commit/commit-table.ts';
import { schemaString } from '../../../support/actions.ts';
import {
  CoalesceWorld,
  coalesceWorld,
  idColumn,
  join,
  nameColumn,
  type Staged,
} from '../../../support/coalesce-world.ts';
import { owner } from '../../../support/commit.ts';

const two = { schemaString: schemaString(idColumn, nameColumn) };

test('small files of one commit become one, whose sources are gone once they are settled', async () => {
  const world = await coalesceWorld({}, two);
  const files: Staged[] = [
    { columns: [idColumn, nameColumn], rows: [[3n, 'c']] },
    {
      columns: [idColumn, nameColumn],
      rows: [
        [1n, 'a'],
        [2n, null],
      ],
    },
    { rows: [[9n]] },
  ];
  for (const file of files) await world.stageFile(file);
  expect(await world.commit()).toMatchObject({ version: 0 });
  const [add, ...others] = world.adds(0);
  expect(others).toEqual([]);
  expect(JSON.parse(add!.stats!)).toEqual({
    numRecords: 4,
    minValues: { id: 1, name: 'a' },
    maxValues: { id: 9, name: 'c' },
    nullCount: { id: 0, name: 2 },
  });
  expect(add).toMatchObject({ modificationTime: world.nowMs, dataChange: true, partitionValues: {} });
  expect(add!.size).toBe(world.objects.objects.get(add!.path)!.sizeBytes);
  expect(await world.rows()).toEqual([
    { id: 3n, name: 'c' },
    { id: 1n, name: 'a' },
    { id: 2n, name: null },
    { id: 9n, name: null },
  ]);
  expect(world.dataFiles()).toEqual([add!.path]);
  expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  expect(world.counted(metrics.coalescedFiles)).toBe(3);
  expect(world.counted(metrics.rowsOut)).toBe(4);
  expect(world.actions(0)[0]).toMatchObject({ commitInfo: { alluvium: { ranges: [{ ordinals: [1, 3], rows: 4 }] } } });
});

test('files stay as they are where they are few, large, in partitions of their own, or where the table says so', async () => {
  const few = await coalesceWorld({ minFiles: 4 });
  for (let file = 0; file < 3; file++) await few.stageFile();
  await few.commit();
  expect(few.adds(0).length).toBe(3);
  const large = await coalesceWorld({ smallFileBytes: 100 });
  for (let file = 0; file < 3; file++) await large.stageFile();
  await large.commit();
  expect(large.adds(0).length).toBe(3);
  const off = await coalesceWorld({ enabled: false });
  for (let file = 0; file < 3; file++) await off.stageFile();
  await off.commit();
  expect(off.adds(0).length).toBe(3);
  const record = { schemaString: schemaString(idColumn, ['day', 'string']), partitionColumns: ['day'] };
  const parted = await coalesceWorld({}, record);
  for (const day of ['a', 'b', 'a', null]) await parted.stageFile({ rest: { partitionValues: { day } } });
  await parted.commit();
  expect(parted.adds(0).map(({ partitionValues }) => partitionValues.day)).toEqual(['b', null, 'a']);
  expect(parted.adds(0)[2]!.path).toMatch(/^day=a\/part-id-/);
  expect([few.joins, large.joins, off.joins, parted.joins]).toEqual([0, 0, 0, 1]);
});

const metadataOf = (world: CoalesceWorld, path: string) =>
  parquetMetadata(world.objects.objects.get(path)!.bytes.slice().buffer as ArrayBuffer);

test('rows of small row groups are written anew, as one row group', async () => {
  const columns: Staged['columns'] = [
    ...[idColumn, nameColumn],
    ['at', 'timestamp'],
    ['day', 'date'],
    ['price', 'decimal(10,2)'],
    ['tags', { type: 'array', elementType: 'string', containsNull: true }],
    ['raw', 'binary'],
  ];
  const world = new CoalesceWorld({ minRowGroupBytes: '64KiB' }, { bloomFilters: ['name'] });
  await world.createTable({ schemaString: schemaString(...columns) });
  const row: ColumnValue[] = [-1n, 'a', 1_700_000_000_000_001n, 19_000, 12_345n, ['x', null], new Uint8Array([0, 255])];
  await world.stageFile({ columns, rows: [row, row.map(() => null)] });
  await world.stageFile({ columns: [idColumn], rows: [[2n ** 62n]] });
  await world.stageFile({ columns: [nameColumn], rows: [['ß']] });
  await world.commit();
  const [add, ...others] = world.adds(0);
  expect(others).toEqual([]);
  const { row_groups } = metadataOf(world, add!.path);
  expect(row_groups.map(({ num_rows }) => num_rows)).toEqual([4n]);
  const filtered = row_groups[0]!.columns.filter(({ meta_data }) => meta_data?.bloom_filter_offset !== undefined);
  expect(filtered.map(({ meta_data }) => meta_data?.path_in_schema)).toEqual([['name']]);
  const nulls = { name: null, at: null, day: null, price: null, tags: null, raw: null };
  expect(await world.rows()).toEqual([
    {
      ...{ id: -1n, name: 'a', at: 1_700_000_000_000_001n, day: '2022-01-08', price: '123.45', tags: ['x', null] },
      raw: new Uint8Array([0, 255]),
    },
    { id: null, ...nulls },
    { id: 2n ** 62n, ...nulls },
    { id: null, ...nulls, name: 'ß' },
  ]);
  expect(JSON.parse(add!.stats!)).toMatchObject({
    numRecords: 4,
    minValues: { id: -1, name: 'a', price: 123.45 },
    nullCount: { id: 2, name: 2, at: 3 },
  });
});

test('small row groups are copied where there is much of them', async () => {
  const world = await coalesceWorld({ minRowGroupBytes: '1MiB' });
  for (let file = 0; file < 3; file++) {
    const rows = Array.from({ length: 60_000 }, (_, row) => [BigInt(file * 60_000 + row)]);
    await world.stageFile({ rows, compression: 'none' });
  }
  await world.commit();
  expect(world.adds(0).length).toBe(1);
  expect(metadataOf(world, world.adds(0)[0]!.path).row_groups.length).toBe(3);
});

test('small row groups are copied where they hold very many values, in rows or in lists', async () => {
  const tags: [string, DataType] = ['tags', { type: 'array', elementType: 'boolean', containsNull: true }];
  for (const [columns, rows] of [
    [[idColumn, nameColumn], Array.from({ length: 510_000 }, () => [1n, 'same'])],
    [[idColumn, tags], Array.from({ length: 101 }, () => [1n, Array.from({ length: 10_000 }, () => true)])],
  ] as [[string, DataType][], ColumnValue[][]][]) {
    const world = await coalesceWorld({ minRowGroupBytes: '1MiB' }, { schemaString: schemaString(...columns) });
    for (let file = 0; file < 2; file++) await world.stageFile({ columns, rows });
    await world.commit();
    expect(world.adds(0).length).toBe(1);
    expect(world.adds(0)[0]!.size).toBeLessThan(1024 * 1024);
    expect(metadataOf(world, world.adds(0)[0]!.path).row_groups.length).toBe(2);
  }
});

test('columns by names of another case are copied, since readers know them and writing them anew does not', async () => {
  const world = await coalesceWorld({ minRowGroupBytes: '64KiB' });
  for (let file = 0; file < 2; file++) await world.stageFile({ columns: [['ID', 'long']], rows: [[7n]] });
  await world.commit();
  const { row_groups, schema } = metadataOf(world, world.adds(0)[0]!.path);
  expect([row_groups.length, schema[1]!.name]).toEqual([2, 'ID']);
});

test('files stored in different ways stay apart without a failure', async () => {
  const world = await coalesceWorld();
  await world.stageFile();
  await world.stageFile({ columns: [['id', 'integer']], rows: [[1]] });
  await world.commit();
  expect([world.adds(0).length, world.counted(metrics.coalesceFailures)]).toEqual([2, 0]);
});

test('what cannot be coalesced is committed as it was staged, and no more is tried', async () => {
  const record = { schemaString: schemaString(idColumn, ['day', 'string']), partitionColumns: ['day'] };
  const world = await coalesceWorld({}, record);
  const staged: string[] = [];
  for (const day of ['a', 'a', 'b', 'b']) staged.push(await world.stageFile({ rest: { partitionValues: { day } } }));
  const join = world.counting(async () => {
    throw new Error('expected bytes, got none');
  });
  expect(await world.commit({ join })).toMatchObject({ version: 0 });
  expect(world.adds(0).map(({ path }) => path)).toEqual(staged);
  expect([world.joins, world.counted(metrics.coalesceFailures), world.counted(metrics.coalescedFiles)]).toEqual([
    1, 1, 0,
  ]);
  expect(world.dataFiles()).toEqual(staged);
});

test('files are committed as they were staged once coalescing takes too long, and nothing is left of it', async () => {
  const world = await coalesceWorld({ maxTime: '2s' });
  const staged = [await world.stageFile(), await world.stageFile()];
  const { readRange } = world.objects;
  const slow = {
    ...world.objects,
    readRange: (...args: Parameters<typeof readRange>) => {
      world.nowMs += 1_001;
      return readRange(...args);
    },
  };
  const { logStore } = world.ports.logOf('clicks');
  await world.commit({ logOf: () => ({ objects: slow, logStore }) });
  expect(world.adds(0).map(({ path }) => path)).toEqual(staged);
  expect(world.dataFiles()).toEqual(staged);
  expect(world.counted(metrics.coalesceFailures)).toBe(1);
});

test('no more files are opened once coalescing takes too long', async () => {
  const world = await coalesceWorld({ maxTime: '2s' });
  for (let file = 0; file < 40; file++) await world.stageFile();
  const { readRange } = world.objects;
  let reads = 0;
  const slow = {
    ...world.objects,
    readRange: (...args: Parameters<typeof readRange>) => {
      reads++;
      world.nowMs += 1_001;
      return readRange(...args);
    },
  };
  const { logStore } = world.ports.logOf('clicks');
  await world.commit({ logOf: () => ({ objects: slow, logStore }) });
  expect(world.adds(0).length).toBe(40);
  expect(reads).toBe(2);
});

test('no more is coalesced than a budget of bytes allows', async () => {
  const world = await coalesceWorld({ maxBytes: 1500 });
  for (let file = 0; file < 4; file++) await world.stageFile({ rest: { sizeBytes: 600 } });
  const join: FileJoiner = async ({ files, path }, store) => {
    await store.put(path, new Uint8Array(1));
    return { path, sizeBytes: 1, rows: files.length, stats: '{}' };
  };
  await world.commit({ join });
  expect(world.adds(0).map(({ path }) => path)).toEqual([
    'part-3.parquet',
    'part-4.parquet',
    expect.stringMatching(/^part-id/),
  ]);
});

test('what was made is committed over a conflict that leaves all of its sources to take', async () => {
  const world = await coalesceWorld();
  await world.stageFile();
  await world.commit();
  for (let file = 0; file < 3; file++) await world.stageFile();
  const outcome = await world.commitWith((commit) => async (version, actions, txnId) => {
    if (version === 1) await world.write(1, [{ commitInfo: { txnId: 'another' } }]);
    return commit(version, actions, txnId);
  });
  expect(outcome).toMatchObject({ version: 2 });
  expect([world.joins, world.adds(2).length, world.counted(metrics.commitConflicts)]).toEqual([1, 1, 1]);
  expect(world.dataFiles()).toEqual(['part-1.parquet', world.adds(2)[0]!.path]);
  expect(await world.rows()).toEqual([1n, 2n, 3n, 4n].map((id) => ({ id })));
});

test('sources that another has committed meanwhile are neither added again nor deleted', async () => {
  const world = await coalesceWorld();
  await world.stageFile();
  await world.commit();
  const staged = [await world.stageFile(), await world.stageFile(), await world.stageFile()];
  /** A second committer takes what it has seen of them, the first two, as they are. */
  const outcome = await world.commitWith((commit) => async (version, actions, txnId) => {
    if (version === 1) {
      const [first, second] = await world.ledger.manifestsOf('t1');
      const ledger = { ...world.ledger, manifestsOf: async () => [first!, second!] };
      const { join: _, ...others } = world.ports;
      await commitTable({ tableId: 't1', owner }, { ...others, ledger, states: new Map() });
    }
    return commit(version, actions, txnId);
  });
  expect(outcome).toMatchObject({ version: 2 });
  expect(world.adds(2).map(({ path }) => path)).toEqual([staged[2]]);
  expect(await world.rows()).toEqual([1n, 2n, 3n, 4n].map((id) => ({ id })));
  expect(world.dataFiles()).toEqual(expect.arrayContaining(staged));
});

test('an answer that never came is no proof: the sources stay for vacuum', async () => {
  const world = await coalesceWorld();
  const staged = [await world.stageFile(), await world.stageFile()];
  const outcome = await world.commitWith((commit) => async (...planned) => {
    await commit(...planned);
    return { kind: 'retryable', reason: 'no answer' };
  });
  expect(outcome).toMatchObject({ version: 0 });
  expect(world.adds(0).length).toBe(1);
  expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  expect(world.dataFiles().sort()).toEqual([...staged, world.adds(0)[0]!.path].sort());
});

/** A version as a stray writer leaves it that replaces what is there. */
const replaced = (world: CoalesceWorld, version: number) =>
  world.objects.put(commitPath(version), serializeActions([{ commitInfo: { txnId: 'stray' } }]));

test('sources stay where a stray writer replaces the commit, and they are committed again as they are', async () => {
  const world = await coalesceWorld();
  await world.stageFile();
  await world.commit();
  const staged = [await world.stageFile(), await world.stageFile()];
  let joins = 0;
  const joinOnce: FileJoiner = (...job) => (joins++ === 0 ? join(...job) : Promise.resolve(undefined));
  world.ports.join = joinOnce;
  const outcome = await world.commitWith((commit) => async (version, actions, txnId) => {
    const told = await commit(version, actions, txnId);
    if (version === 1) await replaced(world, version);
    return told;
  });
  expect([outcome.version, joins]).toEqual([2, 2]);
  expect(world.adds(2).map(({ path }) => path)).toEqual(staged);
  expect(await world.rows()).toEqual([1n, 2n, 3n].map((id) => ({ id })));
});

test('sources stay where another has committed them since a stray writer replaced the commit', async () => {
  const world = await coalesceWorld();
  await world.stageFile();
  await world.commit();
  const staged = [await world.stageFile(), await world.stageFile()];
  const outcome = await world.commitWith((commit) => async (version, actions, txnId) => {
    const told = await commit(version, actions, txnId);
    await replaced(world, version);
    const manifests = await world.ledger.manifestsOf('t1');
    const { join: _, ...others } = world.ports;
    const ledger = { ...world.ledger, manifestsOf: async () => manifests, deleteManifests: async () => undefined };
    await commitTable({ tableId: 't1', owner }, { ...others, ledger, states: new Map() });
    return told;
  });
  expect(outcome).toMatchObject({ version: 2 });
  expect(world.adds(2).map(({ path }) => path)).toEqual(staged);
  expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  expect(await world.rows()).toEqual([1n, 2n, 3n].map((id) => ({ id })));
});

test('what was made is not committed once it is old enough for vacuum to think of it', async () => {
  const world = await coalesceWorld();
  const staged = [await world.stageFile(), await world.stageFile()];
  let attempts = 0;
  await world.commitWith((commit) => async (version, actions, txnId) => {
    if (attempts++ === 0) {
      world.nowMs += 600_000;
      return { kind: 'retryable', reason: 'no answer' };
    }
    return commit(version, actions, txnId);
  });
  expect(world.adds(0).map(({ path }) => path)).toEqual(staged);
});

test('a committer that dies once files are coalesced leaves an orphan, and nothing else', async () => {
  const world = await coalesceWorld();
  for (let file = 0; file < 2; file++) await world.stageFile();
  await expect(
    world.commitWith(() => async () => {
      throw new Error('killed');
    }),
  ).rejects.toThrow('killed');
  expect(world.dataFiles().length).toBe(3);
  expect(await world.commit()).toMatchObject({ version: 0 });
  expect(world.dataFiles().length).toBe(2);
  expect(await world.rows()).toEqual([{ id: 1n }, { id: 2n }]);
});

test('sources that cannot be deleted are left, and the commit stands', async () => {
  const world = await coalesceWorld();
  const staged = [await world.stageFile(), await world.stageFile()];
  const { logStore } = world.ports.logOf('clicks');
  const objects = { ...world.objects, deleteAll: () => Promise.reject(new Error('503')) };
  expect(await world.commit({ logOf: () => ({ objects, logStore }) })).toMatchObject({ version: 0 });
  expect(world.dataFiles()).toEqual(expect.arrayContaining(staged));
  expect(world.counted(metrics.coalesceFailures)).toBe(1);
});
