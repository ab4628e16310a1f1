import { loadKernel } from '#columnar/kernel/kernel.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { CommitInfo, DeletionVector, Protocol } from '#delta/actions.ts';
import { decodePath } from '#delta/file-path.ts';
import { commitPath } from '#delta/log-path.ts';
import { planRemove } from '#delta/remove-files.ts';
import type { StructField, StructType } from '#delta/schema.ts';
import { type PropertyChanges, setPropertiesOperation } from '#delta/set-properties.ts';
import { repairTable } from '#pipeline/repair/repair-table.ts';
import { restoreTable } from '#pipeline/restore/restore-table.ts';
import { memoryLedger } from '../../support/memory-ledger.ts';
import type { OptimizedTable } from '../../support/optimized-table.ts';
import { field, listOf, mapOf } from '../../support/schemas.ts';
import {
  append,
  checkpoint,
  type ExpectedRow,
  type MaintainedTable,
  nameOf,
  optimize,
  rowsOf,
  run,
  writing,
} from './maintained-table.ts';

const nested: StructType = { type: 'struct', fields: [field('label', 'string'), field('floor', 'long')] };

const mapFields = [
  field('id', 'long'),
  field('counts', mapOf('string', 'long')),
  field('places', mapOf('string', nested)),
];
const withFloors = (fields: readonly StructField[]): StructField[] => {
  const more: StructType = { type: 'struct', fields: [...nested.fields, field('note', 'string')] };
  return fields.map((each) => (each.name === 'places' ? field('places', mapOf('string', more)) : each));
};

export const maintainedTables: readonly MaintainedTable[] = [
  {
    name: 'grown',
    prepare: (store) =>
      writing(store, {}, async (table) => {
        await append(table, [1, 2]);
        table.fields = [...table.fields, field('city', 'string'), field('place', nested)];
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
            ...[field('id', 'long'), field('name', 'string'), field('place', nested)],
            ...[field('tags', listOf('string')), field('on', 'boolean')],
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
        table.fields = [...table.fields, field('city', 'string')];
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
    field('id', 'integer'),
    ...types.map((type) => field(type.replace(/\W.*/, ''), type)),
    field('nested', nested),
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

const byDay = { fields: [field('id', 'long'), field('day', 'string')], partitionColumns: ['day'] };

/** Written by Spark: rows 0, 1, 4 and 5 are deleted. */
const deletesFourOfSix: DeletionVector = {
  storageType: 'i',
  pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000935c8Xg000311onP9',
  sizeInBytes: 40,
  cardinality: 4,
};

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

const setProperties = (table: OptimizedTable, changes: PropertyChanges) => run(table, setPropertiesOperation(changes));

/** As log clean-up does, so that readers have to go by the checkpoint. */
async function forgetCommits(table: OptimizedTable, before: number): Promise<void> {
  for (let version = 0; version < before; version++) await table.store.delete(commitPath(version));
}
