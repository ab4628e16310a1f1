import { createHash } from 'node:crypto';
import { canonicalRow } from '#columnar/canonical-row.ts';
import { checkpointCodec } from '#columnar/checkpoint-codec.ts';
import { scanTable } from '#columnar/scan-table.ts';
import type { AddFile } from '#delta/actions.ts';
import { NotATable } from '#delta/errors.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema } from '#delta/schema.ts';
import { deletionVectorId, loadSnapshot, type Snapshot } from '#delta/snapshot.ts';
import { compareUtf8 } from '#delta/value.ts';

export async function snapshotOf(store: ObjectStore, version?: number): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store, checkpointCodec, version);
  if (snapshot === undefined) throw new NotATable('expected a table, found no log');
  return snapshot;
}

/** Canonical rows of a snapshot, sorted by their bytes. */
export async function canonicalLines(store: ObjectStore, { metaData, files }: Snapshot): Promise<string[]> {
  const toText = canonicalRow(parseSchema(metaData.schemaString).fields);
  const lines: string[] = [];
  for await (const row of scanTable(store, { metaData, files: files.values() })) lines.push(toText(row));
  return lines.sort(compareUtf8);
}

export function sha256OfLines(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
}

/** A live file as the expected lists have it. */
export const liveFile = ({ path, deletionVector, stats }: AddFile) => ({
  path,
  deletionVector: deletionVector === undefined ? null : deletionVectorId(deletionVector),
  numRecords: stats === undefined ? null : ((JSON.parse(stats) as { numRecords?: number }).numRecords ?? null),
});
