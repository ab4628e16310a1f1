import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { NotATable, PredicateError } from '#delta/errors.ts';
import { openTableFiles, type TableFiles } from '#delta/live-files.ts';
import { type BoundPredicate, bindPredicate, parsePredicate } from '#delta/predicate.ts';
import { parseSchema, type StructType } from '#delta/schema.ts';
import { versionAt } from '#delta/time-travel.ts';
import { instantOf, wholeNumber } from './read-arguments.ts';
import { locateTable, type TableLocation } from './table-location.ts';
import { UsageError } from './verb.ts';

/** One version of a table that is being read. */
export interface OpenedTable extends TableLocation, TableFiles {
  schema: StructType;
}

/** @throws {NotATable} when nothing is there. */
export async function openVersion(location: TableLocation, table: string, version?: number): Promise<OpenedTable> {
  const found = await openTableFiles(location.store, checkpointCodec, version);
  if (found === undefined) throw new NotATable(`${table}: expected a Delta table, found no log`);
  return { ...location, ...found, schema: parseSchema(found.state.metaData.schemaString) };
}

interface VersionChoice {
  env?: string | undefined;
  version?: string | undefined;
  timestamp?: string | undefined;
}

/** The version that options name: by number, by an instant, or else the latest. */
export async function openTable(table: string, { env, version, timestamp }: VersionChoice, root: string) {
  if (version !== undefined && timestamp !== undefined) {
    throw new UsageError('expected --version or --timestamp, got both');
  }
  const location = await locateTable(table, env, root);
  if (timestamp !== undefined) {
    const atMs = instantOf(timestamp);
    return openVersion(location, table, await versionAt(location.store, checkpointCodec, atMs));
  }
  return openVersion(location, table, version === undefined ? undefined : wholeNumber('--version', version));
}

/** The predicate that `--where` says, of a table's columns; absent, it always holds. */
export function predicateOf(where: string | undefined, schema: StructType): BoundPredicate {
  if (where === undefined) return [];
  try {
    return bindPredicate(parsePredicate(where), schema);
  } catch (error) {
    if (error instanceof PredicateError) throw new UsageError(`--where: ${error.message}`, { cause: error });
    throw error;
  }
}
