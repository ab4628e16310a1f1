import { DuckDBInstance } from '@duckdb/node-api';
import { readTableLog } from '../../local/audit/read-log.ts';
import { columnNames, recordsIn } from './records-in.ts';

/**
 * Throws unless the table holds each line's record once, with all its values: DuckDB reads both sides, and rows with the same
 * values are the same row. The log is read as an auditor does.
 */
export async function compareRows(lines: string, tableFolder: string): Promise<void> {
  const log = await readTableLog(tableFolder);
  const files = (log?.files ?? []).map(({ path }) => `'${path.replaceAll("'", "''")}'`);
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB' });
  const connection = await instance.connect();
  try {
    await connection.run("SET timezone = 'UTC'");
    const reader = await connection.runAndReadAll(
      `WITH sent AS (SELECT hash(${columnNames}) AS h FROM ${recordsIn(lines)}),
         found AS (SELECT hash(${columnNames}) AS h FROM read_parquet([${files.join(', ')}], hive_partitioning = false)),
         sides AS (SELECT h, 1 AS sent, 0 AS found FROM sent UNION ALL SELECT h, 0, 1 FROM found)
       SELECT sum(sent) AS sent, sum(found) AS found, sum(greatest(sent - found, 0)) AS missing, sum(greatest(found - sent, 0)) AS extra
       FROM (SELECT sum(sent) AS sent, sum(found) AS found FROM sides GROUP BY h)`,
    );
    const [{ sent, found, missing, extra }] = reader
      .getRowObjectsJS()
      .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]))) as [
      { sent: number; found: number; missing: number; extra: number },
    ];
    if (missing !== 0 || extra !== 0) {
      throw new Error(`expected each of ${sent} records once, found ${found} rows: ${missing} missing, ${extra} extra`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
