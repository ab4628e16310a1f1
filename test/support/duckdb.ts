import { DuckDBInstance } from '@duckdb/node-api';

/** Rows that DuckDB answers to each statement's end, as JSON values; one process-wide thread, nothing kept. */
export async function duckdbRows(...statements: string[]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    let rows: unknown[][] = [];
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowsJson() as unknown[][];
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
