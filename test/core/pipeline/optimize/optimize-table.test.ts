import { afterEach, describe, expect, test } from 'vitest';
import type { Row } from '#columnar/read/scan-table.ts';
import type { DeletionVector } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import { parsePredicate } from '#delta/predicate.ts';
import { removeOf } from '#delta/remove-files.ts';
import { serializeSchema } from '#delta/schema.ts';
import { orderTag } from '#pipeline/optimize/optimize-plan.ts';
import { forgetRun, readBin, saveRun } from '#pipeline/optimize/optimize-run.ts';
import { optimizeBin, optimizeTable, planOptimizeRun } from '#pipeline/optimize/optimize-table.ts';
import { deletionVectorFile, roaringArray } from '../../../support/deletion-vectors.ts';
import { OptimizedTable } from '../../../support/optimized-table.ts';
import { field, struct } from '../../../support/schemas.ts';

const opened: OptimizedTable[] = [];
afterEach(() => {
  for (const table of opened.splice(0)) table.close();
});

async function tableOf(options: ConstructorParameters<typeof OptimizedTable>[0] = {}): Promise<OptimizedTable> {
  const table = new OptimizedTable({
    ...options,
    settings: { optimize: { minRowGroupBytes: 1 }, ...options.settings },
  });
  opened.push(table);
  await table.create();
  return table;
}

const request = { tableName: 't', dryRun: false };
const byId = (rows: Row[]) => rows.toSorted((left, right) => Number((left.id as bigint) - (right.id as bigint)));
const paths = async (table: OptimizedTable) => {
  const found: string[] = [];
  for await (const { path } of table.store.list('')) if (path.endsWith('.parquet')) found.push(path);
  return found;
};

/** Five files of two rows. */
async function smallFiles(table: OptimizedTable): Promise<void> {
  for (let file = 0; file < 5; file++) {
    await table.append([
      [BigInt(file * 2), `name ${file}`],
      [BigInt(file * 2 + 1), null],
    ]);
  }
}

test('small files become one, with the same rows, and the log says that nothing changed', async () => {
  const table = await tableOf();
  await smallFiles(table);
  const before = await table.rows();
  const { outcomes, failures } = await optimizeTable(request, table.ports);
  expect(failures).toEqual([]);
  expect(outcomes).toMatchObject([{ kind: 'merged', how: 'copied', version: 6, files: 5 }]);
  expect(byId(await table.rows())).toEqual(byId(before));
  const [file, ...others] = await table.files();
  expect(others).toEqual([]);
  expect(JSON.parse(file!.stats!)).toEqual({
    numRecords: 10,
    minValues: { id: 0, name: 'name 0' },
    maxValues: { id: 9, name: 'name 4' },
    nullCount: { id: 0, name: 5 },
  });
  expect(file).toMatchObject({ dataChange: false, size: (await table.store.head(file!.path))!.sizeBytes });
  const actions = await table.actions(6);
  expect(actions[0]).toMatchObject({ commitInfo: { operation: 'OPTIMIZE', isBlindAppend: false } });
  expect(actions.filter((action) => 'remove' in action && !action.remove.dataChange)).toHaveLength(5);
  expect(table.counts).toMatchObject({ OptimizeRuns: 1, OptimizedFiles: 5 });
});

test('a second run finds nothing to do', async () => {
  const table = await tableOf();
  await smallFiles(table);
  await optimizeTable(request, table.ports);
  expect(await optimizeTable(request, table.ports)).toMatchObject({ plan: { bins: [] }, outcomes: [] });
});

test('a dry run tells and writes nothing', async () => {
  const table = await tableOf();
  await smallFiles(table);
  const before = await paths(table);
  const { plan, outcomes } = await optimizeTable({ ...request, dryRun: true }, table.ports);
  expect(plan?.bins).toHaveLength(1);
  expect([outcomes, await paths(table), (await table.files()).length]).toEqual([[], before, 5]);
});

test('where there is no table there is nothing to do', async () => {
  const table = new OptimizedTable();
  opened.push(table);
  expect(await optimizeTable(request, table.ports)).toEqual({ plan: undefined, outcomes: [], failures: [] });
});

test('partitions are merged each for itself, and only those that are asked for', async () => {
  const table = await tableOf({ fields: [field('id', 'long'), field('day', 'string')], partitionColumns: ['day'] });
  for (let file = 0; file < 6; file++) {
    await table.append([[BigInt(file)]], table.partition({ day: ['a b', 'x/y', null][file % 3] as string | null }));
  }
  const before = byId(await table.rows());
  await optimizeTable({ ...request, where: parsePredicate("day = 'a b'") }, table.ports);
  expect(await table.files()).toHaveLength(5);
  await optimizeTable(request, table.ports);
  expect((await table.files()).map(({ partitionValues }) => partitionValues.day).sort()).toEqual(['a b', null, 'x/y']);
  expect(byId(await table.rows())).toEqual(before);
  await expect(optimizeTable({ ...request, where: parsePredicate('id > 1') }, table.ports)).rejects.toThrow(
    'id: expected a partition column (day), since files are merged whole',
  );
});

test('files of before a column was added are copied as they are', async () => {
  const table = await tableOf();
  await smallFiles(table);
  table.fields = [...table.fields, field('more', 'double')];
  await table.append([[100n, 'new', 0.5]]);
  const before = byId(await table.rows());
  expect((await optimizeTable(request, table.ports)).outcomes).toMatchObject([{ how: 'copied', files: 6 }]);
  expect(byId(await table.rows())).toEqual(before);
  expect(JSON.parse((await table.files())[0]!.stats!)).toMatchObject({
    maxValues: { more: 0.5 },
    nullCount: { more: 10 },
  });
});

describe('rows are written anew', () => {
  /** Written by Spark: rows 0, 1, 4 and 5 are deleted. */
  const deletionVector: DeletionVector = {
    storageType: 'i',
    pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000935c8Xg000311onP9',
    sizeInBytes: 40,
    cardinality: 4,
  };

  test('without the rows that deletion vectors delete', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const rows = Array.from({ length: 8 }, (_, index) => [BigInt(100 + index), 'x']);
    await table.append(rows, { deletionVector });
    const before = byId(await table.rows());
    expect(before).toHaveLength(14);
    expect((await optimizeTable(request, table.ports)).outcomes).toMatchObject([{ how: 'rewritten', files: 6 }]);
    expect(byId(await table.rows())).toEqual(before);
    const [file] = await table.files();
    expect(file!.deletionVector).toBeUndefined();
    expect(JSON.parse(file!.stats!)).toMatchObject({ numRecords: 14, maxValues: { id: 107 } });
    const removed = (await table.actions(7)).flatMap((action) => ('remove' in action ? [action.remove] : []));
    expect(removed.filter((remove) => remove.deletionVector !== undefined)).toMatchObject([{ deletionVector }]);
  });

  test('and no file is left of rows that are all deleted', async () => {
    const table = await tableOf();
    const positions = [0, 1];
    const vector: DeletionVector = {
      storageType: 'u',
      pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
      offset: 1,
      sizeInBytes: roaringArray(positions).length,
      cardinality: positions.length,
    };
    await table.store.put('ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin', deletionVectorFile(positions));
    await table.append(
      positions.map((id) => [BigInt(id), 'x']),
      { deletionVector: vector },
    );
    const before = await paths(table);
    expect((await optimizeTable(request, table.ports)).outcomes).toMatchObject([{ kind: 'merged', bytesOut: 0 }]);
    expect([await table.files(), await paths(table)]).toEqual([[], before]);
  });

  test('where row groups are tiny', async () => {
    const table = await tableOf({ settings: { optimize: { minRowGroupBytes: '1MiB' } } });
    await smallFiles(table);
    const before = byId(await table.rows());
    expect((await optimizeTable(request, table.ports)).outcomes).toMatchObject([{ how: 'rewritten', files: 5 }]);
    expect(byId(await table.rows())).toEqual(before);
  });

  test('along a Z-order, which the file says of itself', async () => {
    const table = await tableOf({ settings: { optimize: { zOrderBy: ['id', 'name'] } } });
    await smallFiles(table);
    const before = byId(await table.rows());
    expect((await optimizeTable(request, table.ports)).outcomes).toMatchObject([{ how: 'rewritten', files: 5 }]);
    expect(byId(await table.rows())).toEqual(before);
    expect((await table.files())[0]!.tags).toEqual({ [orderTag]: 'zOrder(id,name)' });
    expect((await table.actions(6))[0]).toMatchObject({
      commitInfo: { operationParameters: { zOrderBy: '["id","name"]' } },
    });
  });

  test('sorted', async () => {
    const table = await tableOf({ settings: { optimize: { sortBy: ['name', 'id'] } } });
    await smallFiles(table);
    await optimizeTable(request, table.ports);
    expect((await table.rows()).map(({ id }) => id)).toEqual([1n, 3n, 5n, 7n, 9n, 0n, 2n, 4n, 6n, 8n]);
  });
});

describe('others commit meanwhile', () => {
  test('an append wins, and the merged file comes after it without being written again', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const plan = (await planOptimizeRun(request, table.ports))!;
    await table.append([[50n, 'late']]);
    const outcome = await optimizeBin(plan.bins[0]!, plan.state, request, table.ports);
    expect(outcome).toMatchObject({ kind: 'merged', version: 7 });
    expect(await table.files()).toHaveLength(2);
    expect(byId(await table.rows()).map(({ id }) => id)).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 50n]);
    expect((await paths(table)).length).toBe(7);
  });

  test('a new column in the table leaves merged files as good as they were', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const plan = (await planOptimizeRun(request, table.ports))!;
    table.fields = [...table.fields, field('more', 'double')];
    await table.append([[50n, 'late', 1]]);
    expect(await optimizeBin(plan.bins[0]!, plan.state, request, table.ports)).toMatchObject({ kind: 'merged' });
    expect(await table.rows()).toHaveLength(11);
  });

  test('where an input is gone, what was written is dropped', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const plan = (await planOptimizeRun(request, table.ports))!;
    const [first] = await table.files();
    await table.commit({ remove: removeOf(first!, table.nowMs, true) });
    const before = await paths(table);
    expect(await optimizeBin(plan.bins[0]!, plan.state, request, table.ports)).toEqual({
      kind: 'lost',
      version: 6,
      reason: 'fileRemovedTwice',
    });
    expect(await paths(table)).toEqual(before);
    expect(await table.rows()).toHaveLength(8);
    expect(table.counts).toMatchObject({ OptimizeConflicts: 1 });
  });

  test('where nobody knows whether it was committed, what was written stays', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const plan = (await planOptimizeRun(request, table.ports))!;
    const { logStore, objects } = table.ports.logOf('t');
    let isPutAgain = false;
    const ports = {
      ...table.ports,
      logOf: () => ({
        objects: {
          ...objects,
          /** Another engine has put the version that was planned from again: the same bytes, another tag. */
          async head(path: string) {
            const found = await objects.head(path);
            return found !== undefined && isPutAgain && path === commitPath(5) ? { ...found, etag: 'another' } : found;
          },
        },
        logStore: {
          ...logStore,
          async commit(...args: Parameters<typeof logStore.commit>) {
            await logStore.commit(...args);
            isPutAgain = true;
            return { kind: 'retryable', reason: 'the answer is lost' } as const;
          },
        },
      }),
    };
    await expect(optimizeBin(plan.bins[0]!, plan.state, request, ports)).rejects.toThrow(
      'expected version 5 to stay what it was',
    );
    expect(await table.files()).toHaveLength(1);
    expect(await table.rows()).toHaveLength(10);
  });

  test('and not once it is as old as what vacuum may take', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const plan = (await planOptimizeRun(request, table.ports))!;
    const { logOf } = table.ports;
    const { logStore } = logOf('t');
    let slept = false;
    const head: typeof table.store.head = async (path) => {
      if (path.startsWith('_delta_log/') && !slept) table.nowMs += 86_400_000;
      slept ||= path.startsWith('_delta_log/');
      return table.store.head(path);
    };
    const ports = { ...table.ports, logOf: () => ({ objects: { ...table.store, head }, logStore }) };
    await expect(optimizeBin(plan.bins[0]!, plan.state, request, ports)).rejects.toThrow(
      'table t: expected to commit merged files within 43200000 ms, got 86400000 ms',
    );
    expect(await table.files()).toHaveLength(5);
  });

  test('a bin that fails leaves the others be', async () => {
    const table = await tableOf({ fields: [field('id', 'long'), field('p', 'string')], partitionColumns: ['p'] });
    for (let file = 0; file < 4; file++) await table.append([[BigInt(file)]], table.partition({ p: String(file % 2) }));
    const broken = (await table.files()).find(({ partitionValues }) => partitionValues.p === '0')!;
    await table.store.delete(broken.path);
    const { outcomes, failures } = await optimizeTable(request, table.ports);
    expect(outcomes).toMatchObject([{ kind: 'merged', files: 2 }]);
    expect(failures.map(({ message }) => message)).toEqual([
      `${broken.path}: expected the data file that log or ledger names`,
    ]);
    expect(table.counts).toMatchObject({ OptimizeFailures: 1 });
    expect((await paths(table)).filter((path) => path.startsWith('p=0'))).toHaveLength(1);
  });
});

describe('settings and properties of the table', () => {
  test('delta.targetFileSize wins over the settings', async () => {
    const table = await tableOf({ configuration: { 'delta.targetFileSize': '2500' } });
    await smallFiles(table);
    const { size } = (await table.files())[0]!;
    const perFile = Math.floor(2500 / size);
    expect(perFile).toBeGreaterThanOrEqual(2);
    const { plan } = await optimizeTable({ ...request, dryRun: true }, table.ports);
    expect(plan!.bins[0]!.files).toHaveLength(perFile);
  });

  test('files near their expiry are left alone', async () => {
    const table = await tableOf({ settings: { expireAfter: '10d' } });
    await smallFiles(table);
    table.nowMs += 9.5 * 86_400_000;
    await table.append([[50n, 'a']]);
    await table.append([[51n, 'b']]);
    expect(await optimizeTable(request, table.ports)).toMatchObject({
      plan: { leftAlone: 5 },
      outcomes: [{ kind: 'merged', files: 2 }],
    });
  });

  test('what cannot be written is refused before anything is read', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const { metaData } = (await planOptimizeRun(request, table.ports))!.state;
    await table.commit({ metaData: { ...metaData, configuration: { 'delta.constraints.positive': 'id > 0' } } });
    await expect(optimizeTable(request, table.ports)).rejects.toThrow('checkConstraints is active');
    expect(table.counts).toMatchObject({ OptimizeFailures: 1 });
  });

  test('nor is a column of which nobody knows here how its type changed', async () => {
    const table = await tableOf();
    await smallFiles(table);
    const { metaData } = (await planOptimizeRun(request, table.ports))!.state;
    const changes = [{ fromType: 'timestamp', toType: 'long' }];
    const changed = { ...field('id', 'long'), metadata: { 'delta.typeChanges': changes } };
    const schemaString = serializeSchema(struct(changed, field('name', 'string')));
    await table.commit({ metaData: { ...metaData, schemaString } });
    await expect(optimizeTable(request, table.ports)).rejects.toThrow('id: expected a type change that widens');
  });
});

test('a run is kept beside the table for those who merge its bins, and forgotten', async () => {
  const table = await tableOf({ fields: [field('id', 'long'), field('p', 'string')], partitionColumns: ['p'] });
  for (let file = 0; file < 6; file++) await table.append([[BigInt(file)]], table.partition({ p: `ä${file % 3}` }));
  const plan = (await planOptimizeRun(request, table.ports))!;
  await saveRun('t', plan, table.store, 'stale');
  table.nowMs += 2 * 86_400_000;
  const saved = await saveRun('t', plan, table.store, 'run-1');
  expect(saved).toMatchObject({ tableName: 't', version: 6, run: '_optimize/run-1.jsonl' });
  expect(await Promise.all(saved.bins.map((place) => readBin(saved.run, place, table.store)))).toEqual(plan.bins);
  await forgetRun(saved.run, table.store, table.nowMs);
  expect(await Array.fromAsync(table.store.list('_optimize/'))).toEqual([]);
  await expect(readBin(saved.run, saved.bins[0]!, table.store)).rejects.toThrow('expected the plan of this run');
});
