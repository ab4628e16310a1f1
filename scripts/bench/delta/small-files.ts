import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { statisticsOfFile } from '#adapters/duckdb/file-statistics.ts';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import type { AddFile } from '#delta/actions.ts';
import { planCreate } from '#delta/append.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { defaultIndexedColumns } from '#delta/indexed-columns.ts';
import type { StructField } from '#delta/schema.ts';

export const smallFiles = 640;
export const rowsPerFile = 10_000;

/** Columns of an event as pipelines have them: name, Delta's type, an expression of the row's number `i`. */
const columns: readonly [name: string, type: string, sql: string][] = [
  ['id', 'long', 'i'],
  ['user_id', 'string', "'user-' || hash(i) % 50000"],
  ['session_id', 'string', 'md5(((i / 7)::BIGINT)::VARCHAR)'],
  ['event', 'string', "['view', 'click', 'cart', 'purchase', 'search'][1 + (hash(i * 3) % 5)::INTEGER]"],
  ['page', 'string', "'/products/' || hash(i * 5) % 4000"],
  ['referrer', 'string', "CASE WHEN i % 3 = 0 THEN NULL ELSE 'https://example.com/r/' || hash(i * 7) % 300 END"],
  ['country', 'string', "['DE', 'FR', 'JP', 'BR', 'US', 'Österreich'][1 + (hash(i * 11) % 6)::INTEGER]"],
  ['device', 'string', "['phone', 'tablet', 'desktop'][1 + (hash(i * 13) % 3)::INTEGER]"],
  ['price', 'double', '(hash(i * 17) % 1000000) / 100.0::DOUBLE'],
  ['quantity', 'integer', '(hash(i * 19) % 9)::INTEGER'],
  ['is_member', 'boolean', 'hash(i * 23) % 2 = 0'],
  ['at', 'timestamp', "TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL 1 MILLISECOND * (i * 37)"],
  ['day', 'date', "DATE '2026-01-01' + (i % 300)::INTEGER"],
  ['score', 'double', 'CASE WHEN i % 10 = 0 THEN NULL ELSE (hash(i * 29) % 10007) / 10007.0::DOUBLE END'],
  ['amount', 'decimal(18,2)', '((hash(i * 31) % 100000000) / 100)::DECIMAL(18, 2)'],
  ['metadata', 'string', '\'{"trace":"\' || md5(i::VARCHAR) || \'","flags":[\' || i % 4 || \']}\''],
];

export const select = columns.map(([name, , sql]) => `${sql} AS ${name}`).join();
const fields: StructField[] = columns.map(([name, type]) => ({ name, type, nullable: true, metadata: {} }));

/** Writes a table of small files into `folder`, with statistics; answers their bytes. */
export async function writeSmallFiles(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const files: AddFile[] = [];
  try {
    for (let index = 0; index < smallFiles; index++) {
      const path = `part-${index}.parquet`;
      const file = join(folder, path);
      const start = index * rowsPerFile;
      await connection.run(
        `COPY (SELECT ${select} FROM range(${start}, ${start + rowsPerFile}) t(i)) TO '${file}' (FORMAT parquet, COMPRESSION snappy)`,
      );
      const { stats } = await statisticsOfFile(connection, file, { fields, indexed: defaultIndexedColumns });
      const { size } = await stat(file);
      files.push({ path, partitionValues: {}, size, modificationTime: 0, dataChange: true, stats });
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  const creation = planCreate({
    id: 'small-files',
    schema: { type: 'struct', fields },
    partitionColumns: [],
    configuration: {},
    files,
    txns: [],
    txnId: 'created',
    nowMs: 0,
    engineInfo: 'bench',
  });
  await conditionalLogStore(fileObjectStore(folder)).commit(0, creation, 'created');
  return files.reduce((sum, { size }) => sum + size, 0);
}
