import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Rows that DuckDB answers of one Parquet file, which the query calls `$file`. */
export async function duckdbRowsOf(bytes: Uint8Array, query: string): Promise<unknown[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'alluvium-duckdb-'));
  try {
    const file = join(folder, 'file.parquet');
    await writeFile(file, bytes);
    return await duckdbRows(query.replaceAll('$file', `'${file}'`));
  } finally {
    await rm(folder, { recursive: true });
  }
}
