/** Child process: DuckDB writes the Parquet files of a folder as few; no log is kept. */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { peakMiB } from '../peak-memory.ts';

const [folder, targetBytes] = process.argv.slice(2) as [string, string];
const output = join(folder, 'merged');
await mkdir(output);
const files = (await readdir(folder)).filter((name) => name.endsWith('.parquet'));

const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GiB' });
const connection = await instance.connect();
await connection.run(
  `COPY (SELECT * FROM read_parquet('${folder}/*.parquet')) TO '${output}' (FORMAT parquet, COMPRESSION snappy, FILE_SIZE_BYTES ${targetBytes})`,
);
connection.closeSync();
instance.closeSync();
const { user, system } = process.cpuUsage(cpuBefore);
const written = await readdir(output);
const sizes = await Promise.all(written.map(async (name) => (await stat(join(output, name))).size));
console.log(
  JSON.stringify({
    ms: performance.now() - startedMs,
    cpuMs: (user + system) / 1000,
    peakMiB: peakMiB(),
    filesBefore: files.length,
    filesAfter: written.length,
    MiB: sizes.reduce((sum, size) => sum + size, 0) / 1024 ** 2,
  }),
);
