import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { type Row, scanTable } from '#columnar/read/scan-table.ts';
import { type BoundPredicate, matchesRow } from '#delta/predicate.ts';
import { parseSchema, type StructField } from '#delta/schema.ts';
import { openedTable } from '../support/canonical-lines.ts';
import { deltaTables } from '../support/delta-tables.ts';

/** What a predicate leaves out by partition values and statistics of others' making holds none of its rows. */

const golden = join(import.meta.dirname, '../golden');
const mostRows = 1_000;
/** Its statistics contradict its rows. */
const wrongStatistics = 'delta-rs/issue_1374';

const tables = [
  ...readdirSync(golden).map((table) => ({ table, folder: join(golden, table, 'table') })),
  ...deltaTables().filter(
    ({ table, versions: [latest] }) => table !== wrongStatistics && (latest?.rows ?? Infinity) <= mostRows,
  ),
];

const operators = ['=', '!=', '<', '<=', '>', '>='] as const;

/** Every comparison of a column with some of its own values. */
function predicatesOf(field: StructField, rows: readonly Row[]): BoundPredicate[] {
  const { name, type } = field;
  if (typeof type !== 'string' || type === 'void' || type === 'binary') return [];
  const values = [...new Map(rows.map((row) => [String(row[name]), row[name]!])).values()];
  return values
    .filter((value) => value !== null)
    .slice(0, 3)
    .flatMap((value) =>
      operators.map((operator) => [{ column: name, fields: [field], type, operator, values: [value] }]),
    );
}

test.each(tables)('$table', async ({ folder }) => {
  const store = fileObjectStore(folder);
  const table = await openedTable(store);
  const { metaData } = table.state;
  const rows = await Array.fromAsync(scanTable(store, { metaData, files: table.files() }));
  const liveFiles = (await Array.fromAsync(table.files())).length;
  for (const predicate of parseSchema(metaData.schemaString).fields.flatMap((field) => predicatesOf(field, rows))) {
    const files = await Array.fromAsync(table.files({ predicate }));
    if (files.length === liveFiles) continue;
    const found = await Array.fromAsync(scanTable(store, { metaData, files }, { predicate }));
    const wanted = rows.filter((row) => matchesRow(predicate, (column) => row[column]!));
    expect(
      found,
      JSON.stringify(predicate, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).toEqual(wanted);
  }
});
