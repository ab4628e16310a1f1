import type { RowGroup } from 'hyparquet';
import type {
  CheckpointContent,
  CheckpointSink,
  FileAction,
  RangedFile,
  WrittenFile,
} from '#delta/checkpoint-codec.ts';
import { watched } from '#delta/checkpoint-damage.ts';
import { asCheckpointed } from '#delta/checkpoint-plan.ts';
import type { DataType, StructField } from '#delta/schema.ts';
import { fileKey } from '#delta/snapshot.ts';
import type { LayoutSource } from '../copy/row-group-layout.ts';
import { columnsOf, shapeOf } from '../footer/parquet-columns.ts';
import { type FooterGroup, readFooter } from '../footer/parquet-footer.ts';
import { ActionColumns, type ActionObject } from './action-columns.ts';
import { type CheckpointFile, GroupChunks, groupRange, openCheckpointFile } from './checkpoint-file.ts';
import { checkpointForm } from './checkpoint-form.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import { FileGroups } from './file-groups.ts';
import { nullsIn } from './prune-groups.ts';
import { type FileIdentity, groupActions, groupFiles, mayHoldKind } from './read-checkpoint.ts';

type Keeps = CheckpointContent['keeps'];

/** Writes one file of a checkpoint; see `CheckpointCodec.write`. */
export async function writeCheckpointFile(
  content: CheckpointContent,
  sink: CheckpointSink,
  groupRows: number,
): Promise<WrittenFile> {
  const isV2 = content.state.some((action) => 'sidecar' in action || 'checkpointMetadata' in action);
  const form = checkpointForm(content.metaData, content.protocol, isV2);
  const rows = rowsOf(form.columns, groupRows);
  const state = new ActionColumns(form.columns);
  for (const action of content.state) state.append(checkpointed(action));
  const encodedState = await state.encode();
  const writer = new CheckpointWriter(encodedState.columns, form, sink);
  await writer.begin();
  if (state.rows > 0) await writer.write(encodedState, content.state.map(checkpointed));

  const adds = new FileGroups(writer, 'add', form.columns, rows);
  const removes = new FileGroups(writer, 'remove', form.columns, rows);
  const append = (action: FileAction) => ('add' in action ? adds : removes).append(action);
  for (const file of content.previous) {
    for await (const kept of keptOf(file, content.keeps, { shape: writer.shape, fewRows: rows / 2 })) {
      if (!('source' in kept)) await append(kept);
      else {
        await writer.copy(kept.source, kept.file);
        for (const identity of kept.liveFiles) writer.noteFile(fileKey(identity));
      }
    }
  }
  for await (const action of content.files) await append(action);
  await adds.end();
  await removes.end();
  return writer.end();
}

/** Leaves of statistics that row groups of full length may have. */
const mostLeaves = 256;

/** Rows of a group: fewer where a file has very many statistics, so that a group's memory stays within bounds. */
function rowsOf(columns: readonly StructField[], groupRows: number): number {
  const leaves = (type: DataType): number =>
    typeof type === 'string' || type.type !== 'struct'
      ? 1
      : type.fields.reduce((sum, { type: member }) => sum + leaves(member), 0);
  const all = columns.reduce((sum, { type }) => sum + leaves(type), 0);
  return all <= mostLeaves ? groupRows : Math.max(1, Math.floor((groupRows * mostLeaves) / all));
}

const checkpointed = (action: CheckpointContent['state'][number]): ActionObject =>
  ('sidecar' in action || 'checkpointMetadata' in action ? action : asCheckpointed(action)) as unknown as ActionObject;

/** What stays of a file of the checkpoint before: a row group as it is, or an action. */
type Kept = { source: LayoutSource; file: RangedFile; liveFiles: readonly FileIdentity[] } | FileAction;

/**
 * Row groups are alike when they are stored as `shape` says; those of `fewRows` are taken apart, so that there are not ever more.
 *
 * @throws {CorruptLog} when the file is damaged.
 */
async function* keptOf(
  previous: RangedFile,
  keeps: Keeps,
  { shape, fewRows }: { shape: string; fewRows: number },
): AsyncGenerator<Kept> {
  const file = watched(previous);
  try {
    const open = await openCheckpointFile(file);
    const footer = await readFooter(file);
    const columns = columnsOf(footer.elements);
    const isAlike = shapeOf(columns) === shape;
    for (const [index, group] of open.metadata.row_groups.entries()) {
      const kinds = (['add', 'remove'] as const).filter((kind) => mayHoldKind(open, group, kind));
      const [kind] = kinds;
      if (kind === undefined) continue;
      const isOfOneKind = kinds.length === 1 && nullsIn(group, [kind, 'path']) === 0;
      if (!isAlike || !isOfOneKind || group.num_rows < fewRows) {
        yield* keptActions(open, group, kinds, keeps);
        continue;
      }
      const held = await inMemory(open, group);
      const files = await groupFiles(held, new GroupChunks(held, group), kind);
      if (files.every((identity) => keeps({ [kind]: identity } as unknown as FileAction))) {
        const source = { path: file.path, footer, columns, groups: [footer.groups[index] as FooterGroup] };
        yield { source, file: held.file, liveFiles: kind === 'add' ? files : [] };
      } else yield* keptActions(held, group, kinds, keeps);
    }
  } catch (error) {
    throw file.asDamage(error);
  }
}

/** The file with all bytes of one row group in memory. */
async function inMemory(open: CheckpointFile, group: RowGroup): Promise<CheckpointFile> {
  const { start: first, end: last } = groupRange(group);
  const bytes = await open.file.readRange(first, last);
  const readRange = async (start: number, end: number) => bytes.subarray(start - first, end - first);
  return { ...open, file: { ...open.file, readRange } };
}

async function* keptActions(
  open: CheckpointFile,
  group: RowGroup,
  kinds: readonly ('add' | 'remove')[],
  keeps: Keeps,
): AsyncGenerator<FileAction> {
  for await (const action of groupActions(open, new GroupChunks(open, group), kinds)) {
    if (('add' in action || 'remove' in action) && keeps(action)) yield action;
  }
}
