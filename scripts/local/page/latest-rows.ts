import { DuckDBInstance } from '@duckdb/node-api';
import type { LiveFile, TableColumn, TableLog } from '../audit/read-log.ts';

/** A value as people read it; null where there is none. */
export type Cell = string | null;

const rowsPerPage = 50;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Bytes that are text are shown as such. */
function textOf(column: TableColumn, file: string): string {
  const name = `${file}.${quoted(column.name)}`;
  return column.type === 'binary'
    ? `coalesce(try(decode(${name})), 'base64 ' || to_base64(${name}))`
    : `CAST(${name} AS VARCHAR)`;
}

/** The rows that came last, newest files first, as text. Partition values are of the log, and a column that a file lacks is null. */
export async function latestRows({ files, columns, partitionColumns }: TableLog): Promise<Cell[][]> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MB', threads: '1' });
  const connection = await instance.connect();
  try {
    const rows: Cell[][] = [];
    const newest = [...files].sort((left, right) => right.visibleMs - left.visibleMs);
    for (const file of newest) {
      if (rows.length >= rowsPerPage) break;
      const own = await connection.runAndReadAll(`SELECT name FROM parquet_schema(${literal(file.path)})`);
      const there = new Set(own.getRows().map(([name]) => name));
      const selected = columns.map((column) => cellOf(column, file, { there, partitionColumns }));
      const sql = `SELECT ${selected.join(', ')} FROM read_parquet(${literal(file.path)}, hive_partitioning = false) f`;
      const read = await connection.runAndReadAll(`${sql} LIMIT ${rowsPerPage - rows.length}`);
      rows.push(...(read.getRows() as Cell[][]));
    }
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function cellOf(
  column: TableColumn,
  { partitionValues }: LiveFile,
  { there, partitionColumns }: { there: ReadonlySet<unknown>; partitionColumns: readonly string[] },
): string {
  if (partitionColumns.includes(column.name)) {
    const value = partitionValues[column.name];
    return value === null || value === undefined ? 'NULL' : literal(value);
  }
  return there.has(column.name) ? textOf(column, 'f') : 'NULL';
}
