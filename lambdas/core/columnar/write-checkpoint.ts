import type { RowGroup } from 'hyparquet';
import type {
  CheckpointContent,
  CheckpointSink,
  FileAction,
  RangedFile,
  WrittenFile,
} from '#delta/checkpoint-codec.ts';
import { asCheckpointed } from '#delta/checkpoint-plan.ts';
import { fileKey } from '#delta/snapshot.ts';
import { ActionColumns, type ActionObject } from './action-columns.ts';
import { type CheckpointFile, GroupChunks, groupRange, openCheckpointFile } from './checkpoint-file.ts';
import { checkpointColumns } from './checkpoint-schema.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import { FileGroups, rowsPerGroup } from './file-groups.ts';
import { shapeOf } from './parquet-columns.ts';
import { readFooter } from './parquet-footer.ts';
import { nullsIn } from './prune-groups.ts';
import { groupActions, groupFiles, mayHoldKind } from './read-checkpoint.ts';

/** A smaller row group is written anew, with others, so that there are not ever more of them. */
const fewRows = rowsPerGroup / 2;

type Keeps = CheckpointContent['keeps'];

/** Writes one file of a checkpoint; see `CheckpointCodec.write`. */
export async function writeCheckpointFile(content: CheckpointContent, sink: CheckpointSink): Promise<WrittenFile> {
  const isV2 = content.state.some((action) => 'sidecar' in action || 'checkpointMetadata' in action);
  const fields = checkpointColumns(content.metaData, isV2);
  const state = new ActionColumns(fields);
  for (const action of content.state) state.append(checkpointed(action));
  const encodedState = await state.encode();
  const writer = new CheckpointWriter(encodedState.footer, sink);
  await writer.begin();
  if (state.rows > 0) await writer.write(encodedState, content.state.map(checkpointed));

  const adds = new FileGroups(writer, 'add', fields);
  const removes = new FileGroups(writer, 'remove', fields);
  const groups = { add: adds, remove: removes };
  for (const file of content.previous) await takeFile(file, content.keeps, writer, groups);
  for await (const action of content.files) await ('add' in action ? adds : removes).append(action);
  await adds.end();
  await removes.end();
  return writer.end();
}

const checkpointed = (action: CheckpointContent['state'][number]): ActionObject =>
  ('sidecar' in action || 'checkpointMetadata' in action ? action : asCheckpointed(action)) as unknown as ActionObject;

interface Groups {
  add: FileGroups;
  remove: FileGroups;
}

/** Takes over what stays of a file of the checkpoint before: row groups as they are, or their actions. */
async function takeFile(file: RangedFile, keeps: Keeps, writer: CheckpointWriter, groups: Groups): Promise<void> {
  const open = await openCheckpointFile(file);
  const footer = await readFooter(file);
  const isAlike = shapeOf(footer) === writer.shape;
  for (const [index, group] of open.metadata.row_groups.entries()) {
    const kinds = (['add', 'remove'] as const).filter((kind) => mayHoldKind(open, group, kind));
    const [kind] = kinds;
    if (kind === undefined) continue;
    const mayStay = isAlike && kinds.length === 1 && group.num_rows >= fewRows && nullsIn(group, [kind, 'path']) === 0;
    if (!mayStay) {
      await takeActions(open, group, kinds, keeps, groups);
      continue;
    }
    const held = await inMemory(open, group);
    const files = await groupFiles(held, new GroupChunks(held, group), kind);
    if (files.every((identity) => keeps({ [kind]: identity } as unknown as FileAction))) {
      await writer.copy({ ...footer, field_4: [footer.field_4[index]!] }, held.file);
      if (kind === 'add') for (const identity of files) writer.noteFile(fileKey(identity));
    } else await takeActions(held, group, kinds, keeps, groups);
  }
}

/** The file with all bytes of one row group in memory. */
async function inMemory(open: CheckpointFile, group: RowGroup): Promise<CheckpointFile> {
  const { start: first, end: last } = groupRange(group);
  const bytes = await open.file.readRange(first, last);
  const readRange = async (start: number, end: number) => bytes.subarray(start - first, end - first);
  return { ...open, file: { ...open.file, readRange } };
}

async function takeActions(
  open: CheckpointFile,
  group: RowGroup,
  kinds: readonly ('add' | 'remove')[],
  keeps: Keeps,
  groups: Groups,
): Promise<void> {
  for await (const action of groupActions(open, new GroupChunks(open, group), kinds)) {
    if ('add' in action && keeps(action)) await groups.add.append(action);
    else if ('remove' in action && keeps(action)) await groups.remove.append(action);
  }
}
