/** Child process: DuckDB reads JSON lines of known columns and writes them as one Parquet file, by one thread. */
import { stat } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { recordsIn } from './records-in.ts';

const [lines, output, compression] = process.argv.slice(2) as [string, string, string];
const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
await connection.run("SET timezone = 'UTC'");
await connection.run(`COPY ${recordsIn(lines)} TO '${output}' (FORMAT parquet, COMPRESSION ${compression})`);
connection.closeSync();
instance.closeSync();
/** Of the whole process, its start included, as it is for the functions. */
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ cpuS: (user + system) / 1e6, fileBytes: (await stat(output)).size }));
