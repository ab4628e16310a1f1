import { loadKernel } from '#columnar/kernel/kernel.ts';
import type { StructField } from '#delta/schema.ts';
import { addColumns } from '#delta/schema-growth.ts';
import { field, listOf, mapOf } from '../../support/schemas.ts';
import { checkpoint, type MaintainedTable, nameOf, optimize, rowsOf, writing } from './maintained-table.ts';

const narrowFields = [
  ...[field('id', 'integer'), field('ratio', 'float'), field('day', 'date'), field('price', 'decimal(5,2)')],
  ...[field('counts', mapOf('integer', 'integer')), field('items', listOf('integer'))],
];
const wideFields = [
  ...[field('id', 'long'), field('ratio', 'double'), field('day', 'timestamp_ntz'), field('price', 'decimal(20,4)')],
  ...[field('counts', mapOf('long', 'long')), field('items', listOf('long'))],
];

/** The fields as wide as others, and with the changes that a table's log keeps. */
function widened(fields: StructField[], wanted: StructField[]): StructField[] {
  const growth = addColumns({ type: 'struct', fields }, { type: 'struct', fields: wanted }, 'any');
  if (growth.kind !== 'grown') throw new Error(`expected fields that widen, got ${growth.kind}`);
  return growth.schema.fields;
}

/** Tables of which a column becomes wider between two files. */
export const widenedTables: readonly MaintainedTable[] = [
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
          ...{ fields: [field('id', 'integer'), field('name', 'string')], kernel: loadKernel() },
        },
        async (table) => {
          for (const id of [1, 2]) await table.append([[id, nameOf(id)]]);
          table.fields = widened(table.fields, [field('id', 'long')]);
          await table.append([[2n ** 40n, 'wide']]);
          await checkpoint(table);
          return [...rowsOf(1, 2), { id: 2 ** 40, name: 'wide' }];
        },
      ),
  },
];
