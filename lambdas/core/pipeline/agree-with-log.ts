import type { LogState } from '#delta/log-state.ts';
import { parseSchema, serializeSchema } from '#delta/schema.ts';
import { addColumns } from '#delta/schema-growth.ts';
import { SchemaConflictError } from './commit-errors.ts';
import type { Ledger, TableRecord } from './ledger.ts';

/** Ingests may win the race for the next schema version this often before something is wrong. */
const maxRaces = 50;

/**
 * The table's record, made to know what the log says: columns that others added, and the incarnation and partitioning of a
 * table that others made. Ingest then uses them for files to come.
 *
 * @throws {SchemaConflictError} where a table made anew has a column with another type than the one before.
 */
export async function agreeWithLog(found: TableRecord, state: LogState, ledger: Ledger): Promise<TableRecord> {
  let record = found;
  for (let race = 0; race < maxRaces; race++) {
    const wanted = mergedRecord(record, state);
    if (wanted === undefined) return record;
    record = await ledger.updateTable({ ...wanted, schemaVersion: record.schemaVersion + 1 }, record.schemaVersion);
  }
  throw new Error(`table ${found.tableName}: expected to agree with its log within ${maxRaces} rounds`);
}

function mergedRecord(record: TableRecord, { metaData }: LogState): TableRecord | undefined {
  const { id: incarnation, partitionColumns } = metaData;
  if (record.incarnation !== incarnation) {
    return { ...record, incarnation, partitionColumns, schemaString: columnsOfBoth(metaData.schemaString, record) };
  }
  if (record.schemaString === metaData.schemaString) return undefined;
  const growth = addColumns(parseSchema(record.schemaString), parseSchema(metaData.schemaString));
  return growth.kind === 'grown' ? { ...record, schemaString: serializeSchema(growth.schema) } : undefined;
}

/** A table made anew has its own columns, and those that files for the one before were written with. */
function columnsOfBoth(schemaString: string, { tableName, schemaString: before }: TableRecord): string {
  const growth = addColumns(parseSchema(schemaString), parseSchema(before));
  switch (growth.kind) {
    case 'same':
      return schemaString;
    case 'grown':
      return serializeSchema(growth.schema);
    case 'conflict':
      throw new SchemaConflictError(
        `table ${tableName}: expected the table made anew to have ${growth.path} as the one before, ${JSON.stringify(growth.wanted)}, got ${JSON.stringify(growth.existing)}`,
      );
  }
}
