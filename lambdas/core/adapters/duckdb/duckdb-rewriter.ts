import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { type CopySource, findSources, openSource } from '#columnar/copy/copy-source.ts';
import type { FooterGroup } from '#columnar/footer/parquet-footer.ts';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { MissingDataFile, UnsupportedFeature } from '#delta/errors.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { containsPrimitive, type StructField, type StructType } from '#delta/schema.ts';
import type { FileRewriter, RewriteInput, RewriteJob, RewrittenFile } from '#pipeline/optimize/rewrite-files.ts';
import { fileObjectStore } from '../files/file-object-store.ts';
import { statisticsOfFile } from './file-statistics.ts';
import { orderingOf } from './row-order.ts';
import { literal, projection, quoted, sqlType } from './sql-types.ts';

export interface DuckdbLimits {
  /** A folder for inputs, what does not fit into memory, and the output, in turn. */
  temporaryFolder: string;
  memoryMiB: number;
  threads: number;
}

const copyBytes = 8 * 1024 * 1024;
/** Few enough that row groups can be skipped, many enough to compress well. */
const rowsPerGroup = 122_880;
/** What is left over for a last file joins the one before, up to this part of the target. */
const leftOver = 0.5;
const codecs = { zstd: 'ZSTD', snappy: 'SNAPPY', none: 'UNCOMPRESSED' } as const;

/** Rewrites files with DuckDB, on local disk: its extension for S3 is a download of its own, and not needed. */
export function duckdbRewriter(limits: DuckdbLimits): FileRewriter {
  return {
    async rewrite(job, store) {
      for (const { type } of job.fields) sqlType(type);
      const folder = await mkdtemp(join(limits.temporaryFolder, 'alluvium-rewrite-'));
      try {
        const inputs = await fetchAll(store, job.inputs, folder);
        const file = join(folder, 'output.parquet');
        const parts = await withDuckdb(limits, folder, async (connection) => {
          await writeRows(connection, job, inputs, file);
          for (const input of inputs) await rm(input.file);
          const described = [];
          for (const part of await partsOf(file, job)) {
            described.push({ part, ...(await statisticsOfFile(connection, part, job)) });
          }
          return described.filter(({ rows }) => rows > 0);
        });
        const written: RewrittenFile[] = [];
        for (const { part, rows, stats } of parts) {
          const path = job.newPath();
          written.push({ path, rows, stats, sizeBytes: await upload(store, part, path) });
        }
        return written;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function withDuckdb<Result>(
  { memoryMiB, threads }: DuckdbLimits,
  folder: string,
  use: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  // Loaded when it is needed: 70 MB that copying row groups does without.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMiB}MiB`,
    temp_directory: join(folder, 'spilled'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

interface LocalInput extends RewriteInput {
  file: string;
}

async function fetchAll(store: ObjectStore, inputs: readonly RewriteInput[], folder: string): Promise<LocalInput[]> {
  const local = inputs.map((input, index) => ({ ...input, file: join(folder, `${index}.parquet`) }));
  const waiting = [...local];
  const fetcher = async () => {
    for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) await fetchOne(store, input);
  };
  await Promise.all(Array.from({ length: 4 }, fetcher));
  return local;
}

async function fetchOne(store: ObjectStore, { path, sizeBytes, file }: LocalInput): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    for (let start = 0; start < sizeBytes; start += copyBytes) {
      const end = Math.min(start + copyBytes, sizeBytes);
      const bytes = await store.readRange(path, start, end);
      if (bytes === undefined) throw new MissingDataFile(`${path}: expected the data file that the log names`);
      if (bytes.length !== end - start) {
        throw new Error(`${path}: expected ${sizeBytes} bytes, found ${start + bytes.length}`);
      }
      await handle.writeFile(bytes);
    }
  } finally {
    await handle.close();
  }
}

async function writeRows(
  connection: DuckDBConnection,
  { fields, order, compression }: RewriteJob,
  inputs: readonly LocalInput[],
  file: string,
): Promise<void> {
  await rememberDeleted(connection, inputs);
  const rows = (await selections(connection, fields, inputs)).join(' UNION ALL ');
  const columns = fields.map(({ name }) => quoted(name)).join();
  const ordering = order === undefined ? undefined : await orderingOf(connection, order, rows, fields);
  const ordered =
    ordering === undefined
      ? `FROM (${rows})`
      : `FROM (SELECT ${['*', ...ordering.computed].join()} FROM (${rows})) ORDER BY ${ordering.by}`;
  await connection.run(
    `COPY (SELECT ${columns} ${ordered}) TO ${literal(file)}
     (FORMAT parquet, COMPRESSION ${codecs[compression]}, ROW_GROUP_SIZE ${rowsPerGroup})`,
  );
}

/** Where rows are in an order, and the file is larger than wanted, it is split between row groups: files on disk, in order. */
async function partsOf(file: string, { order, targetBytes }: RewriteJob): Promise<string[]> {
  const { size } = await stat(file);
  if (order === undefined || size <= targetBytes * (1 + leftOver)) return [file];
  const store = fileObjectStore(dirname(file));
  const ranged: RangedFile = {
    path: basename(file),
    sizeBytes: size,
    readRange: async (start, end) => (await store.readRange(basename(file), start, end)) as Uint8Array,
  };
  const [source] = (await findSources([ranged])) as [CopySource];
  const { groups } = await openSource(source, { wantsIndexes: false });
  const parts: string[] = [];
  let from = 0;
  for (const { length } of splitBySize(groups, targetBytes)) {
    const name = `part-${parts.length}.parquet`;
    const target = await store.openUpload(name);
    // What was kept serves one copy alone.
    await copyRowGroups([{ ...source, kept: undefined, part: { from, to: from + length } }], target);
    await target.complete();
    parts.push(join(dirname(file), name));
    from += length;
  }
  await rm(file);
  return parts;
}

function splitBySize(groups: readonly FooterGroup[], targetBytes: number): FooterGroup[][] {
  const parts: { groups: FooterGroup[]; bytes: number }[] = [];
  for (const group of groups) {
    const bytes = group.sizeBytes;
    const last = parts.at(-1);
    if (last !== undefined && last.bytes + bytes <= targetBytes) {
      last.groups.push(group);
      last.bytes += bytes;
    } else parts.push({ groups: [group], bytes });
  }
  const [beforeLast, last] = parts.slice(-2);
  if (last !== undefined && beforeLast !== undefined && last.bytes < targetBytes * leftOver) {
    beforeLast.groups.push(...last.groups);
    parts.pop();
  }
  return parts.map((part) => part.groups);
}

/** Positions of deleted rows, by input, as a table `deleted`; those of one input are in memory at a time. */
async function rememberDeleted(connection: DuckDBConnection, inputs: readonly LocalInput[]): Promise<void> {
  await connection.run('CREATE TEMP TABLE deleted (input INTEGER, position BIGINT)');
  const appender = await connection.createAppender('deleted');
  for (const [index, { deleted }] of inputs.entries()) {
    for (const position of (await deleted?.()) ?? []) {
      appender.appendInteger(index);
      appender.appendBigInt(BigInt(position));
      appender.endRow();
    }
  }
  appender.closeSync();
}

/**
 * One SELECT for each run of inputs that are stored alike, and for each that has deleted rows. Of several files DuckDB takes the
 * first's types for all: members that only later structs have would be lost.
 */
async function selections(
  connection: DuckDBConnection,
  fields: readonly StructField[],
  inputs: readonly LocalInput[],
): Promise<string[]> {
  const schema: StructType = { type: 'struct', fields: [...fields] };
  // Some writers leave strings unannotated.
  const bytesAreText = !containsPrimitive(schema, 'binary');
  const read = (files: string) =>
    `read_parquet(${files}, binary_as_string = ${bytesAreText}, file_row_number = true, hive_partitioning = false)`;
  const runs: { columns: string; stored: string; files: string[]; where: string }[] = [];
  for (const [index, { file, deleted, path }] of inputs.entries()) {
    const found = await typesOf(connection, read(literal(file)));
    const columns = projections(path, fields, found);
    const stored = JSON.stringify([...found]);
    const where =
      deleted === undefined
        ? ''
        : ` WHERE file_row_number NOT IN (SELECT position FROM deleted WHERE input = ${index})`;
    const last = runs.at(-1);
    if (last !== undefined && last.stored === stored && last.where === '' && where === '') last.files.push(file);
    else runs.push({ columns, stored, files: [file], where });
  }
  return runs.map(
    ({ columns, files, where }) => `SELECT ${columns} FROM ${read(`[${files.map(literal).join()}]`)}${where}`,
  );
}

/** Types by name in lower case: names match regardless of it, in DuckDB as in Delta. */
async function typesOf(connection: DuckDBConnection, source: string): Promise<Map<string, string>> {
  const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
  return new Map(reader.getRows().map(([name, type]) => [String(name).toLowerCase(), String(type)]));
}

function projections(path: string, fields: readonly StructField[], found: ReadonlyMap<string, string>): string {
  for (const { name, type } of fields) {
    const isNested = typeof type !== 'string' && !containsPrimitive(type, 'binary');
    if (isNested && /\bBLOB\b/.test(found.get(name.toLowerCase()) ?? '')) {
      throw new UnsupportedFeature(`${path}: expected the strings within column ${name} to be annotated as such`);
    }
  }
  return fields.map((field) => projection(field, found.get(field.name.toLowerCase()))).join();
}

async function upload(store: ObjectStore, file: string, path: string): Promise<number> {
  const target = await store.openUpload(path);
  const handle = await open(file, 'r');
  try {
    for (;;) {
      const bytes = new Uint8Array(copyBytes);
      const { bytesRead } = await handle.read(bytes, 0, copyBytes);
      if (bytesRead === 0) break;
      await target.write(bytes.subarray(0, bytesRead));
    }
    return (await target.complete()).sizeBytes;
  } catch (error) {
    await target.abort();
    throw error;
  } finally {
    await handle.close();
  }
}
