import { createHash } from 'node:crypto';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { canonicalRow } from '#columnar/read/canonical-row.ts';
import { scanBatches } from '#columnar/read/scan-table.ts';
import type { AddFile } from '#delta/actions.ts';
import { NotATable } from '#delta/errors.ts';
import { openTableFiles, type TableFiles } from '#delta/live-files.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema } from '#delta/schema.ts';
import { deletionVectorId } from '#delta/snapshot.ts';
import { compareUtf8 } from '#delta/value.ts';

/** One version of a table, or the latest. */
export async function openedTable(store: ObjectStore, version?: number): Promise<TableFiles> {
  const table = await openTableFiles(store, checkpointCodec, version);
  if (table === undefined) throw new NotATable('expected a table, found no log');
  return table;
}

/** Canonical rows of a table, sorted by their bytes. */
export async function canonicalLines(store: ObjectStore, { state, files }: TableFiles): Promise<string[]> {
  const { metaData } = state;
  const toText = canonicalRow(parseSchema(metaData.schemaString).fields);
  const lines: string[] = [];
  for await (const rows of scanBatches(store, { metaData, files: files() })) {
    for (const row of rows) lines.push(toText(row));
  }
  return sortedByBytes(lines);
}

/** Where there are no surrogates, JavaScript's own order is that of the bytes, and much faster to sort by. */
const sortedByBytes = (lines: string[]): string[] =>
  lines.some((line) => /[\ud800-\uffff]/.test(line)) ? lines.sort(compareUtf8) : lines.sort();

export function sha256OfLines(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest('hex');
}

/** A live file as the expected lists have it. */
export const liveFile = ({ path, deletionVector, stats }: AddFile) => ({
  path,
  deletionVector: deletionVector === undefined ? null : deletionVectorId(deletionVector),
  numRecords: stats === undefined ? null : ((JSON.parse(stats) as { numRecords?: number }).numRecords ?? null),
});
