/** Child process: DuckDB copies the Parquet files of a folder to one, some times over. Arguments: the folder, rounds, compression. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { peakMiB } from '../peak-memory.ts';
import { MergeRounds } from './merge-rounds.ts';

const [folder, count, compression] = process.argv.slice(2) as [string, string, string];
const output = join(folder, 'merged');
const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '1GiB' });
const connection = await instance.connect();
const rounds = new MergeRounds();
let rows = 0;
for (let round = 0; round < Number(count); round++) {
  await rm(output, { force: true });
  await rounds.time(async () => {
    const answer = await connection.runAndReadAll(
      `COPY (SELECT * FROM read_parquet('${folder}/*.parquet')) TO '${output}' (FORMAT parquet, COMPRESSION ${compression})`,
    );
    rows = Number(answer.getRows()[0]?.[0]);
  });
}
connection.closeSync();
instance.closeSync();
const { size: sizeBytes } = await stat(output);
console.log(JSON.stringify({ ...rounds.figures(), rows, sizeBytes, peakMiB: peakMiB() }));
