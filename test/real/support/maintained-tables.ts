import { randomUUID } from 'node:crypto';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { CommitInfo, DeletionVector, Protocol } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { decodePath } from '#delta/file-path.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { planRemove } from '#delta/remove-files.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { addColumns } from '#delta/schema-growth.ts';
import { type PropertyChanges, setPropertiesOperation } from '#delta/set-properties.ts';
import { type Operation, transact } from '#delta/transact.ts';
import { optimizeTable } from '#pipeline/optimize/optimize-table.ts';
import { repairTable } from '#pipeline/repair/repair-table.ts';
import { restoreTable } from '#pipeline/restore/restore-table.ts';
import { memoryLedger } from '../../support/memory-ledger.ts';
import { column, OptimizedTable } from '../../support/optimized-table.ts';

/** A row as `rows.py` writes it: members that are null are left out. */
export type ExpectedRow = Readonly<Record<string, unknown>>;

/** A table that our own operations write, for readers that we did not. */
export interface MaintainedTable {
  /** Its folder. */
  name: string;
  /** Who reads it; absent: all. */
  readers?: readonly ('deltalake' | 'Spark')[];
  /** Rows of earlier versions that readers go back to, by version. */
  earlier?: Readonly<Record<number, readonly ExpectedRow[]>>;
  /** Rows that a condition holds for, and how many files Spark reads for them. */
  where?: { sql: string; rows: readonly ExpectedRow[]; files: number };
  /** Writes the table; answers its rows, in any order. */
  prepare(store: ObjectStore): Promise<readonly ExpectedRow[]>;
}

const mapOf = (keyType: DataType, valueType: DataType): DataType => ({
  type: 'map',
  keyType,
  valueType,
  valueContainsNull: true,
});
const listOf = (elementType: DataType): DataType => ({ type: 'array', elementType, containsNull: true });

const nested: StructType = { type: 'struct', fields: [column('label', 'string'), column('floor', 'long')] };

const mapFields = [
  column('id', 'long'),
  column('counts', mapOf('string', 'long')),
  column('places', mapOf('string', nested)),
];
const withFloors = (fields: readonly StructField[]): StructField[] => {
  const more: StructType = { type: 'struct', fields: [...nested.fields, column('note', 'string')] };
  return fields.map((field) => (field.name === 'places' ? column('places', mapOf('string', more)) : field));
};

const narrowFields = [
  ...[column('id', 'integer'), column('ratio', 'float'), column('day', 'date'), column('price', 'decimal(5,2)')],
  ...[column('counts', mapOf('integer', 'integer')), column('items', listOf('integer'))],
];
const wideFields = [
  ...[
    column('id', 'long'),
    column('ratio', 'double'),
    column('day', 'timestamp_ntz'),
    column('price', 'decimal(20,4)'),
  ],
  ...[column('counts', mapOf('long', 'long')), column('items', listOf('long'))],
];

/** The fields as wide as others, and with the changes that a table's log keeps. */
function widened(fields: StructField[], wanted: StructField[]): StructField[] {
  const growth = addColumns({ type: 'struct', fields }, { type: 'struct', fields: wanted }, 'any');
  if (growth.kind !== 'grown') throw new Error(`expected fields that widen, got ${growth.kind}`);
  return growth.schema.fields;
}

const nameOf = (id: number): string => `name ${id}`;

export const maintainedTables: readonly MaintainedTable[] = [
  {
    name: 'grown',
    prepare: (store) =>
      writing(store, {}, async (table) => {
        await append(table, [1, 2]);
        table.fields = [...table.fields, column('city', 'string'), column('place', nested)];
        await table.append([[3n, 'c', 'Lyon', ['x', 4n]]]);
        return [...rowsOf(1, 2), { id: 3, name: 'c', city: 'Lyon', place: { label: 'x', floor: 4 } }];
      }),
  },
  {
    name: 'optimized',
    prepare: (store) =>
      writing(store, { settings: { optimize: { minRowGroupBytes: 1 } } }, async (table) => {
        for (let id = 1; id <= 9; id += 3) await append(table, [id, id + 1, id + 2]);
        await optimize(table, 'copied');
        await append(table, [10]);
        return rowsOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
      }),
  },
  {
    name: 'optimized_by_partition',
    prepare: (store) =>
      writing(store, { ...byDay, settings: { optimize: { sortBy: ['id'] } } }, async (table) => {
        const days = ['2026-11-20', "a b/c='%'", null];
        for (let id = 6; id >= 1; id--) await table.append([[BigInt(id)]], table.partition({ day: days[id % 3]! }));
        await optimize(table, 'rewritten');
        return [1, 2, 3, 4, 5, 6].map((id) => ({ id, ...(days[id % 3] === null ? {} : { day: days[id % 3] }) }));
      }),
  },
  {
    name: 'z_ordered',
    prepare: (store) =>
      writing(
        store,
        {
          fields: [
            ...[column('id', 'long'), column('name', 'string'), column('place', nested)],
            ...[column('tags', { type: 'array', elementType: 'string', containsNull: true }), column('on', 'boolean')],
          ],
          settings: { optimize: { zOrderBy: ['place.floor', 'name'] } },
        },
        async (table) => {
          const ids = [1, 2, 3, 4, 5, 6, 7, 8];
          for (const id of ids) {
            await table.append([[BigInt(id), nameOf(id % 3), ['x', BigInt(id % 4)], ['a', `b${id}`], id % 2 === 0]]);
          }
          await optimize(table, 'rewritten');
          return ids.map((id) => ({
            ...{ id, name: nameOf(id % 3), place: { label: 'x', floor: id % 4 } },
            ...{ tags: ['a', `b${id}`], on: id % 2 === 0 },
          }));
        },
      ),
  },
  {
    name: 'optimized_without_deleted_rows',
    prepare: (store) =>
      writing(store, { settings: { optimize: { minRowGroupBytes: 1 } } }, async (table) => {
        await table.commit({
          protocol: {
            minReaderVersion: 3,
            minWriterVersion: 7,
            readerFeatures: ['deletionVectors'],
            writerFeatures: ['appendOnly', 'deletionVectors', 'invariants'],
          },
        });
        await append(table, [1, 2]);
        await table.append(
          [3, 4, 5, 6, 7, 8].map((id) => [BigInt(id), nameOf(id)]),
          { deletionVector: deletesFourOfSix },
        );
        await optimize(table, 'rewritten');
        // What DuckDB wrote and what we write go into one file.
        await append(table, [9, 10, 11]);
        await optimize(table, 'copied');
        return rowsOf(1, 2, 5, 6, 9, 10, 11);
      }),
  },
  {
    name: 'removed',
    prepare: (store) =>
      writing(store, {}, async (table) => {
        const file = await append(table, [1, 2]);
        await append(table, [3]);
        await run(table, {
          plan: (state, attempt, winners) =>
            planRemove({
              ...attempt,
              state,
              files: [file],
              winners,
              operation: { operation: 'DELETE', operationParameters: { predicate: '[]' } },
            }),
          reads: { kind: 'nothing' },
        });
        return rowsOf(3);
      }),
  },
  {
    name: 'restored',
    prepare: (store) =>
      writing(store, {}, async (table) => {
        await append(table, [1, 2]);
        await append(table, [3]);
        await optimize(table);
        table.fields = [...table.fields, column('city', 'string')];
        await table.append([[4n, 'd', 'Lyon']]);
        await checkpoint(table);
        const to = { version: 2 };
        const { kind } = await restoreTable(
          { tableName: 't', to, dryRun: false },
          { ...table.ports, ledger: memoryLedger() },
        );
        if (kind !== 'restored') throw new Error(`expected the table to be restored, got ${kind}`);
        return rowsOf(1, 2, 3);
      }),
  },
  {
    name: 'repaired',
    prepare: (store) =>
      writing(
        store,
        { ...byDay, settings: { repair: { maxFilesPerCommit: 1, maxMissingRatio: 0.5 } } },
        async (table) => {
          const days = ['2026-11-20', "a b/c='%'", null];
          const dayOf = (id: number) => days[id % days.length]!;
          const appendDay = (id: number) => table.append([[BigInt(id)]], table.partition({ day: dayOf(id) }));
          const files = [];
          for (const id of [1, 2, 3, 4, 5]) files.push(await appendDay(id));
          await checkpoint(table);
          await appendDay(6);
          for (const { path } of [files[1]!, files[4]!]) await table.store.delete(decodePath(path));
          const { versions, removedFiles } = await repairTable(
            { tableId: 't1', tableName: 't', dryRun: false },
            { ...table.ports, ledger: memoryLedger(), locate: () => undefined },
          );
          if (removedFiles !== 2 || versions.length !== 2) {
            throw new Error(`expected 2 files to be removed by 2 commits, got ${removedFiles} by ${versions.length}`);
          }
          return [1, 3, 4, 6].map((id) => ({ id, ...(dayOf(id) === null ? {} : { day: dayOf(id) }) }));
        },
      ),
  },
  {
    name: 'with_properties',
    prepare: (store) =>
      writing(store, { configuration: { 'delta.appendOnly': 'true', gone: 'x' } }, async (table) => {
        await append(table, [1]);
        const changes = {
          'delta.dataSkippingNumIndexedCols': '1',
          'delta.appendOnly': 'false',
          owner: 'a "b"',
          gone: null,
        };
        await setProperties(table, changes);
        await append(table, [2]);
        return rowsOf(1, 2);
      }),
  },
  {
    name: 'with_commit_times',
    prepare: (store) =>
      writing(store, { settings: { optimize: { minRowGroupBytes: 1 } } }, async (table) => {
        await askForCommitTimes(table, Date.now() + 3_600_000);
        await append(table, [1]);
        await append(table, [2]);
        await optimize(table, 'copied');
        await checkpoint(table);
        await append(table, [3]);
        return rowsOf(1, 2, 3);
      }),
  },
  {
    name: 'checkpointed_v2',
    prepare: (store) =>
      writing(store, {}, async (table) => {
        await askForV2Checkpoints(table);
        await append(table, [1]);
        await append(table, [2]);
        await checkpoint(table);
        await optimize(table);
        await append(table, [3]);
        await checkpoint(table);
        await append(table, [4]);
        await forgetCommits(table, 4);
        return rowsOf(1, 2, 3, 4);
      }),
  },
  {
    name: 'checkpointed',
    prepare: (store) =>
      writing(store, {}, async (table) => {
        await append(table, [1]);
        await append(table, [2]);
        await optimize(table);
        await checkpoint(table);
        await append(table, [3]);
        return rowsOf(1, 2, 3);
      }),
  },
  {
    name: 'maps',
    prepare: (store) =>
      writing(store, { fields: mapFields, kernel: loadKernel() }, async (table) => {
        await table.append([
          [
            1n,
            [
              ['a', 1n],
              ['b', null],
            ],
            [['x', ['y', 2n]]],
          ],
        ]);
        await table.append([[2n, null, [['z', null]]]]);
        await optimize(table);
        table.fields = withFloors(mapFields);
        await table.append([[3n, [['ä🌊', 3n]], [['x', [null, 4n, 'top']]]]]);
        return [
          { id: 1, counts: { a: 1 }, places: { x: { label: 'y', floor: 2 } } },
          { id: 2, places: {} },
          { id: 3, counts: { 'ä🌊': 3 }, places: { x: { floor: 4, note: 'top' } } },
        ];
      }),
  },
  {
    name: 'widened',
    readers: ['Spark'],
    prepare: (store) =>
      writing(
        store,
        {
          configuration: { 'delta.enableTypeWidening': 'true' },
          ...{ fields: narrowFields, kernel: loadKernel(), settings: { optimize: { minRowGroupBytes: 1 } } },
        },
        async (table) => {
          const narrow = (id: number) => [id, id / 2, id, BigInt(id), [[id, id]], [id]];
          await table.append([narrow(1)]);
          await table.append([narrow(2)]);
          table.fields = widened(narrowFields, wideFields);
          const [day, micros] = [86_400_000_000, 1_000_001];
          await table.append([[2n ** 40n, 0.1, BigInt(micros), 5n, [[2n ** 41n, 2n ** 42n]], [2n ** 43n]]]);
          await checkpoint(table);
          await table.append([[4n, 0.5, 0n, 12_345n, [[4n, 4n]], [null]]]);
          await optimize(table, 'rewritten');
          const row = (id: number) => ({
            ...{ id, ratio: id / 2, day: id * day, price: `0.0${id}00` },
            ...{ counts: { [id]: id }, items: [id] },
          });
          return [
            row(1),
            row(2),
            {
              ...{ id: 2 ** 40, ratio: 0.1, day: micros, price: '0.0005' },
              ...{ counts: { [2 ** 41]: 2 ** 42 }, items: [2 ** 43] },
            },
            { id: 4, ratio: 0.5, day: 0, price: '1.2345', counts: { 4: 4 }, items: [null] },
          ];
        },
      ),
  },
  {
    name: 'widened_unmerged',
    readers: ['Spark'],
    where: { sql: 'id > 2', rows: [{ id: 2 ** 40, name: 'wide' }], files: 1 },
    prepare: (store) =>
      writing(
        store,
        {
          configuration: { 'delta.enableTypeWidening': 'true' },
          ...{ fields: [column('id', 'integer'), column('name', 'string')], kernel: loadKernel() },
        },
        async (table) => {
          for (const id of [1, 2]) await table.append([[id, nameOf(id)]]);
          table.fields = widened(table.fields, [column('id', 'long')]);
          await table.append([[2n ** 40n, 'wide']]);
          await checkpoint(table);
          return [...rowsOf(1, 2), { id: 2 ** 40, name: 'wide' }];
        },
      ),
  },
  statisticsAs('statistics_as_text', {}),
  statisticsAs('statistics_as_struct', {
    'delta.checkpoint.writeStatsAsStruct': 'true',
    'delta.checkpoint.writeStatsAsJson': 'false',
  }),
  statisticsAs('statistics_as_both', { 'delta.checkpoint.writeStatsAsStruct': 'true' }),
];

/** Files that only their checkpoint tells of, one row in each: readers that skip files go by its statistics. */
function statisticsAs(name: string, configuration: Record<string, string>): MaintainedTable {
  const types = ['long', 'decimal(20,2)', 'date', 'timestamp', 'timestamp_ntz', 'string', 'short', 'float', 'double'];
  const fields = [
    column('id', 'integer'),
    ...types.map((type) => column(type.replace(/\W.*/, ''), type)),
    column('nested', nested),
  ];
  const dayOf = (id: number) => Date.UTC(2024, 1, id) / 86_400_000;
  const microsOf = (id: number) => (dayOf(id) * 24 + 10) * 3_600_000_000;
  const rowOf = (id: number): ExpectedRow => ({
    ...{ id, long: 2 ** 53 - id, decimal: `${id}23456789012345.6${id}`, date: `2024-02-0${id}` },
    ...{ timestamp: microsOf(id), timestamp_ntz: microsOf(id), string: nameOf(id), short: -id },
    ...{ float: id / 2 + 0.25, double: id / 4 + 0.125, nested: { label: 'x', floor: id } },
  });
  return {
    name,
    where: { sql: "nested.floor = 2 and string = 'name 2'", rows: [rowOf(2)], files: 1 },
    prepare: (store) =>
      writing(store, { fields, configuration }, async (table) => {
        const ids = [1, 2, 3, 4];
        for (const id of ids) {
          const micros = BigInt(microsOf(id));
          const row = [id, BigInt(2 ** 53 - id), BigInt(`${id}234567890123456${id}`), dayOf(id), micros, micros];
          await table.append([[...row, nameOf(id), -id, id / 2 + 0.25, id / 4 + 0.125, ['x', BigInt(id)]]]);
          if (id === 2) await checkpoint(table);
        }
        await checkpoint(table);
        await forgetCommits(table, 4);
        return ids.map(rowOf);
      }),
  };
}

const byDay = { fields: [column('id', 'long'), column('day', 'string')], partitionColumns: ['day'] };

/** Written by Spark: rows 0, 1, 4 and 5 are deleted. */
const deletesFourOfSix: DeletionVector = {
  storageType: 'i',
  pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000935c8Xg000311onP9',
  sizeInBytes: 40,
  cardinality: 4,
};

type Options = ConstructorParameters<typeof OptimizedTable>[0];

/** A table of ids and names unless `options` say otherwise, made at the store. */
export async function writing(
  store: ObjectStore,
  options: Options,
  write: (table: OptimizedTable) => Promise<ExpectedRow[]>,
): Promise<ExpectedRow[]> {
  const table = new OptimizedTable({ ...options, store });
  try {
    table.nowMs = Date.now();
    await table.create();
    return await write(table);
  } finally {
    table.close();
  }
}

/** The table's first version anew, as another engine makes one that asks for more. */
async function asking(
  table: OptimizedTable,
  protocol: Protocol,
  configuration: Record<string, string>,
  commitInfo: CommitInfo = {},
): Promise<void> {
  const [, ...actions] = await table.actions(0);
  const first = actions.map((action) => {
    if ('protocol' in action) return { protocol };
    return 'metaData' in action ? { metaData: { ...action.metaData, configuration } } : action;
  });
  const operation = { operation: 'CREATE TABLE', operationParameters: {} };
  await table.store.put(commitPath(0), serializeActions([{ commitInfo: { ...operation, ...commitInfo } }, ...first]));
}

/** The first commit says a time that the clocks have not reached. */
const askForCommitTimes = (table: OptimizedTable, firstMs: number): Promise<void> =>
  asking(
    table,
    { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['inCommitTimestamp'] },
    { 'delta.enableInCommitTimestamps': 'true' },
    { inCommitTimestamp: firstMs, timestamp: firstMs },
  );

function askForV2Checkpoints(table: OptimizedTable): Promise<void> {
  const features = ['v2Checkpoint'];
  const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features };
  return asking(table, protocol, { 'delta.checkpointPolicy': 'v2' });
}

export const rowsOf = (...ids: number[]): ExpectedRow[] => ids.map((id) => ({ id, name: nameOf(id) }));

/** One file with the rows of these ids. */
export const append = (table: OptimizedTable, ids: readonly number[]) =>
  table.append(ids.map((id) => [BigInt(id), nameOf(id)]));

export async function run(table: OptimizedTable, operation: Operation): Promise<void> {
  const state = (await loadLogState(table.store, checkpointCodec))!;
  const { logOf, clock, ids } = table.ports;
  const outcome = await transact(logOf('t'), state, operation, { nowMs: clock, txnId: ids, engineInfo: 'Alluvium' });
  if (outcome.kind !== 'committed') throw new Error(`expected a commit, got ${JSON.stringify(outcome)}`);
}

const setProperties = (table: OptimizedTable, changes: PropertyChanges) => run(table, setPropertiesOperation(changes));

async function optimize(table: OptimizedTable, how?: 'copied' | 'rewritten'): Promise<void> {
  const { outcomes } = await optimizeTable({ tableName: 't', dryRun: false }, table.ports);
  const isWanted = outcomes.every((outcome) => outcome.kind === 'merged' && (how ?? outcome.how) === outcome.how);
  if (outcomes.length === 0 || !isWanted) {
    throw new Error(`expected every bin to be merged (${how ?? 'in any way'}), got ${JSON.stringify(outcomes)}`);
  }
}

async function checkpoint(table: OptimizedTable): Promise<void> {
  const { version } = (await loadLogState(table.store, checkpointCodec))!;
  await writeCheckpoint(table.store, checkpointCodec, version, Date.now(), randomUUID);
}

/** As log clean-up does, so that readers have to go by the checkpoint. */
async function forgetCommits(table: OptimizedTable, before: number): Promise<void> {
  for (let version = 0; version < before; version++) await table.store.delete(commitPath(version));
}
