import type { LogState } from '#delta/log-state.ts';
import { parseSchema, serializeSchema } from '#delta/schema.ts';
import { addColumns } from '#delta/schema-growth.ts';
import type { Ledger, TableRecord } from './ledger.ts';

/** Ingests may win the race for the next schema version this often before something is wrong. */
const maxRaces = 50;

/**
 * The table's record, made to know what the log says: columns that others added, and the incarnation and partitioning of a
 * table that others made. Ingest then uses them for files to come.
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

/** A table made anew has its own columns, and those of the ledger that do not contradict them. */
function columnsOfBoth(schemaString: string, record: TableRecord): string {
  const growth = addColumns(parseSchema(schemaString), parseSchema(record.schemaString));
  return growth.kind === 'grown' ? serializeSchema(growth.schema) : schemaString;
}
