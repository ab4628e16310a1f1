import type { RowGroup, SchemaTree } from 'hyparquet';
import { int64Fields, toAction } from '#delta/action-json.ts';
import type { Action, RemoveFile } from '#delta/actions.ts';
import type { ActionKind, CheckpointAction, FileQuery, RangedFile } from '#delta/checkpoint-codec.ts';
import { isOfPartition } from '#delta/comparison.ts';
import { statisticsFilter } from '#delta/file-statistics.ts';
import { partitionFilter } from '#delta/match-file.ts';
import { type CheckpointFile, GroupChunks, nodeAt, openCheckpointFile } from './checkpoint-file.ts';
import { statsText } from './parsed-stats.ts';
import { groupMayMatch, nullsIn } from './prune-groups.ts';

type Fields = Record<string, unknown>;

/** A leaf that every action of a kind has, so that where it is null there is none. */
const certainLeaves: Readonly<Record<string, string>> = {
  protocol: 'minReaderVersion',
  metaData: 'id',
  txn: 'appId',
  domainMetadata: 'domain',
  add: 'path',
  remove: 'path',
  sidecar: 'path',
  checkpointMetadata: 'version',
};

/**
 * Rows that hold an action of `kinds` or a sidecar, row group by row group. With `query`, an `add` whose file certainly holds no
 * row of it may be missing, and what tells so is read before the rest.
 */
export async function* readCheckpoint(
  file: RangedFile,
  kinds: readonly ActionKind[],
  query?: FileQuery,
): AsyncGenerator<CheckpointAction> {
  const open = await openCheckpointFile(file);
  for (const group of open.metadata.row_groups) yield* groupActions(open, new GroupChunks(open, group), kinds, query);
}

/** Actions of one row group, kind by kind, as `readCheckpoint` gives them. */
export async function* groupActions(
  open: CheckpointFile,
  chunks: GroupChunks,
  kinds: readonly (ActionKind | 'checkpointMetadata')[],
  query?: FileQuery,
): AsyncGenerator<CheckpointAction> {
  const present = [...kinds, 'sidecar'].filter((kind) => mayHoldKind(open, chunks.group, kind));
  const whole = present.filter((kind) => query === undefined || kind !== 'add');
  if (whole.length > 0) {
    await chunks.fetch(([top, second]) => whole.includes(top as string) && isRead(open, chunks, second));
  }
  for (const kind of whole) yield* actionsOf(open, chunks, kind);
  if (query !== undefined && present.includes('add')) yield* matchingAdds(open, chunks, query);
}

/** Whether a row group may hold actions of a kind. */
export const mayHoldKind = ({ tree }: CheckpointFile, group: RowGroup, kind: string): boolean =>
  nodeAt(tree, [kind]) !== undefined &&
  nullsIn(group, [kind, certainLeaves[kind] as string]) !== Number(group.num_rows);

/** What tells logical files apart, and when they were deleted. */
export type FileIdentity = Pick<RemoveFile, 'path' | 'deletionVector' | 'deletionTimestamp'>;

/** The files of one kind in a row group, without what else is said of them. */
export async function groupFiles(
  open: CheckpointFile,
  chunks: GroupChunks,
  kind: 'add' | 'remove',
): Promise<FileIdentity[]> {
  const rows = Number(chunks.group.num_rows);
  const names = new Set(['path', 'deletionTimestamp']);
  if (nullsIn(chunks.group, [kind, 'deletionVector', 'storageType']) !== rows) names.add('deletionVector');
  await chunks.fetch(([top, second]) => top === kind && names.has(second as string));
  const reader = chunks.reader(nodeAt(open.tree, [kind]) as SchemaTree);
  const files: FileIdentity[] = [];
  for (let row = 0; row < rows; row++) {
    const file = reader?.read() as Fields | undefined;
    if (file !== undefined) files.push(toFields(file) as unknown as FileIdentity);
  }
  return files;
}

/** Paths of the live files in a row group, with what is held of their statistics as a struct, as JSON text. */
export async function* groupStatistics(
  open: CheckpointFile,
  chunks: GroupChunks,
): AsyncGenerator<{ path: string; stats: string | undefined }> {
  if (!mayHoldKind(open, chunks.group, 'add')) return;
  await chunks.fetch(([top, second]) => top === 'add' && (second === 'path' || second === 'stats_parsed'));
  const reader = chunks.reader(nodeAt(open.tree, ['add']) as SchemaTree);
  const statsTree = nodeAt(open.annotated, ['add', 'stats_parsed']);
  for (let row = 0; row < Number(chunks.group.num_rows); row++) {
    const add = reader?.read() as Fields | undefined;
    if (add === undefined) continue;
    const { stats } = withStats(add, statsTree);
    yield { path: add.path as string, stats: stats as string | undefined };
  }
}

/** Struct forms are copies of what the action says anyway; statistics are read in that form where it is the only one. */
function isRead(open: CheckpointFile, { group }: GroupChunks, name: string | undefined): boolean {
  if (name === 'partitionValues_parsed') return false;
  if (name !== 'stats_parsed') return true;
  const absent = nodeAt(open.tree, ['add', 'stats']) === undefined;
  const nulls = nullsIn(group, ['add', 'stats']);
  return absent || nulls === undefined || nulls !== nullsIn(group, ['add', 'path']);
}

async function* matchingAdds(
  open: CheckpointFile,
  chunks: GroupChunks,
  { predicate, metaData }: FileQuery,
): AsyncGenerator<CheckpointAction> {
  const ofPartition = predicate.filter((comparison) => isOfPartition(comparison, metaData));
  const ofRows = predicate.filter((comparison) => !isOfPartition(comparison, metaData));
  if (!groupMayMatch(open, chunks.group, { predicate, metaData })) return;

  const rows = new Uint8Array(Number(chunks.group.num_rows)).fill(1);
  const keep = async (column: string, mayMatch: (value: unknown) => boolean): Promise<boolean> => {
    const node = nodeAt(open.tree, ['add', column]);
    if (node === undefined) return true;
    await chunks.fetch(([top, second]) => top === 'add' && second === column);
    const reader = chunks.reader(node);
    if (reader === undefined) return true;
    for (let row = 0; row < rows.length; row++) {
      if (rows[row] === 0) reader.skip();
      else if (!mayMatch(reader.read())) rows[row] = 0;
    }
    return rows.includes(1);
  };
  if (ofPartition.length > 0) {
    const matches = partitionFilter(ofPartition, metaData);
    const some = await keep('partitionValues', (values) =>
      matches({ partitionValues: (values ?? {}) as Record<string, string | null> }),
    );
    if (!some) return;
  }
  if (ofRows.length > 0) {
    const mayMatch = statisticsFilter(ofRows, metaData);
    if (!(await keep('stats', (stats) => mayMatch(stats as string | undefined)))) return;
  }
  await chunks.fetch(([top, second]) => top === 'add' && isRead(open, chunks, second));
  yield* actionsOf(open, chunks, 'add', rows);
}

/** Actions of one kind, of all rows or of those marked. */
function* actionsOf(
  open: CheckpointFile,
  chunks: GroupChunks,
  kind: string,
  rows?: Uint8Array,
): Generator<CheckpointAction> {
  const reader = chunks.reader(nodeAt(open.tree, [kind]) as SchemaTree);
  if (reader === undefined) return;
  const statsTree = nodeAt(open.annotated, ['add', 'stats_parsed']);
  for (let row = 0; row < Number(chunks.group.num_rows); row++) {
    if (rows !== undefined && rows[row] === 0) {
      reader.skip();
      continue;
    }
    const group = reader.read() as Fields | undefined;
    if (group === undefined) continue;
    const fields = toFields(group);
    if (kind === 'sidecar' || kind === 'checkpointMetadata') yield { [kind]: fields } as unknown as CheckpointAction;
    else {
      const action = toAction({ [kind]: withStats(fields, statsTree) }, open.file.path);
      if (action !== undefined) yield action as Action;
    }
  }
}

/** Fields as JSON has them: numbers but for int64 fields. */
function toFields(group: Fields): Fields {
  for (const key of Object.keys(group)) {
    const value = group[key];
    if (int64Fields.has(key)) group[key] = BigInt(value as number | bigint);
    else if (typeof value === 'bigint') group[key] = Number(value);
    else if (key === 'deletionVector') toFields(value as Fields);
  }
  return group;
}

function withStats(fields: Fields, statsTree: SchemaTree | undefined): Fields {
  const { stats_parsed: parsed, ...rest } = fields;
  if (rest.stats !== undefined || parsed === undefined || statsTree === undefined) return rest;
  return { ...rest, stats: statsText(parsed as object, statsTree) };
}
