import { createHash } from 'node:crypto';
import type { Action } from '#delta/actions.ts';
import type { RangedFile, WrittenFile } from '#delta/checkpoint-codec.ts';
import { asCheckpointed } from '#delta/checkpoint-plan.ts';
import { canonicalText, Fingerprint } from '#delta/fingerprint.ts';
import { fileKey } from '#delta/snapshot.ts';
import { GroupChunks, groupRange, openCheckpointFile } from './checkpoint-file.ts';
import { type CheckpointForm, spelled } from './checkpoint-form.ts';
import { groupActions, groupFiles, groupStatistics, mayHoldKind } from './read-checkpoint.ts';

/** What a row group was written as. */
export interface WrittenGroup {
  md5: string;
  /** Of its actions, where they were encoded; a copied row group has those of its source. */
  actions?: string;
  /** Of the statistics that it holds as structs, likewise. */
  statistics?: string;
}

const kinds = ['protocol', 'metaData', 'txn', 'domainMetadata', 'add', 'remove', 'checkpointMetadata'] as const;

/**
 * Reads a checkpoint back, one row group in memory at a time: every byte of its row groups, every file's identity, every
 * action of row groups that are not copies. Says what differs from what was written.
 */
export async function verifyCheckpoint(
  file: RangedFile,
  written: Pick<WrittenFile, 'sizeBytes' | 'actions' | 'fingerprint'>,
  groups: readonly WrittenGroup[],
  footer: { start: number; md5: string },
  form: CheckpointForm,
): Promise<string | undefined> {
  if (file.sizeBytes !== written.sizeBytes) return `expected ${written.sizeBytes} bytes, found ${file.sizeBytes}`;
  if (md5Of(await file.readRange(footer.start, file.sizeBytes)) !== footer.md5) return 'expected the footer written';
  const open = await openCheckpointFile(file);
  const { row_groups: found, num_rows: rows } = open.metadata;
  if (Number(rows) !== written.actions) return `expected ${written.actions} actions, found ${rows}`;
  if (found.length !== groups.length) return `expected ${groups.length} row groups, found ${found.length}`;
  const files = new Fingerprint();
  for (const [index, group] of found.entries()) {
    const { start: first, end: last } = groupRange(group);
    const bytes = await file.readRange(first, last);
    const { md5, actions, statistics } = groups[index]!;
    if (md5Of(bytes) !== md5) return `row group ${index}: expected the bytes written`;
    const readRange = async (start: number, end: number) => bytes.subarray(start - first, end - first);
    const held = { ...open, file: { ...file, readRange } };
    if (mayHoldKind(held, group, 'add')) {
      for (const identity of await groupFiles(held, new GroupChunks(held, group), 'add')) files.add(fileKey(identity));
    }
    if (actions === undefined) continue;
    const decoded = new Fingerprint();
    for await (const action of groupActions(held, new GroupChunks(held, group), kinds)) {
      decoded.add(canonicalText(isOfV2(action) ? action : form.readBack(asCheckpointed(action as Action))));
    }
    if (decoded.toString() !== actions)
      return `row group ${index}: expected other actions (${actions}), found ${decoded}`;
    if (statistics === undefined) continue;
    const structs = new Fingerprint();
    for await (const { path, stats } of groupStatistics(held, new GroupChunks(held, group))) {
      structs.add(`${path} ${spelled(form.statistics?.(stats) ?? null)}`);
    }
    if (structs.toString() !== statistics)
      return `row group ${index}: expected other statistics (${statistics}), found ${structs}`;
  }
  if (files.toString() !== written.fingerprint) return `expected live files ${written.fingerprint}, found ${files}`;
  return undefined;
}

const isOfV2 = (action: object): boolean => 'sidecar' in action || 'checkpointMetadata' in action;

const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
