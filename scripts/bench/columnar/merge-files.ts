import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { select } from '../delta/small-files.ts';

export interface MergeFiles {
  folder: string;
  files: number;
  rowsPerFile: number;
  bytes: number;
}

/** Writes files of events as pipelines stage them, 16 columns, zstd. */
export async function writeMergeFiles(folder: string, files: number, rowsPerFile: number): Promise<MergeFiles> {
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  let bytes = 0;
  try {
    for (let index = 0; index < files; index++) {
      const file = join(folder, `part-${String(index).padStart(4, '0')}.parquet`);
      const start = index * rowsPerFile;
      await connection.run(
        `COPY (SELECT ${select} FROM range(${start}, ${start + rowsPerFile}) t(i)) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      bytes += (await stat(file)).size;
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return { folder, files, rowsPerFile, bytes };
}
