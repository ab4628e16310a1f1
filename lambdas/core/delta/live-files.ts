import type { AddFile, RemoveFile } from './actions.ts';
import type { CheckpointReader } from './checkpoint-codec.ts';
import { CorruptLog } from './errors.ts';
import { FileChanges } from './file-changes.ts';
import { damagedWith, type LogSegment, readOlderSegment, readSegment } from './log-segment.ts';
import { applyToDraft, emptyDraft, finishDraft, type LogState } from './log-state.ts';
import { fileFilter } from './match-file.ts';
import type { ObjectStore } from './object-store.ts';
import type { BoundPredicate } from './predicate.ts';
import { checkpointActions, commitActions, stateKinds } from './replay.ts';

/** One version of a table, whose files are read when they are asked for. */
export interface TableFiles {
  state: LogState;
  /** Live files of which rows may match, in no order; read afresh at each call. */
  files(filter?: { predicate?: BoundPredicate }): AsyncIterable<AddFile>;
  /** Files that were removed and whose tombstones are still in the log. */
  tombstones(): AsyncIterable<RemoveFile>;
}

/**
 * Opens `atVersion`, or the latest version. Memory holds what changed since the checkpoint, not the table. `undefined`: there is
 * no table.
 *
 * @throws as `loadLogState` does; reading the files throws {CorruptLog} where their part of the checkpoint is damaged behind
 * files that were answered already. Found before, the damage is gone round by an older checkpoint.
 */
export function openTableFiles(
  store: ObjectStore,
  codec: CheckpointReader,
  atVersion?: number,
): Promise<TableFiles | undefined> {
  return readSegment(store, atVersion, (segment) => openGoingRound(store, codec, segment, new Set()));
}

async function openGoingRound(
  store: ObjectStore,
  codec: CheckpointReader,
  segment: LogSegment,
  damaged: ReadonlySet<string>,
): Promise<TableFiles> {
  const table = await openSegment(store, codec, segment);
  const { checkpoint } = segment;
  if (checkpoint === undefined) return table;
  const older = (corrupt: CorruptLog): Promise<TableFiles> =>
    readOlderSegment(store, segment, corrupt, damaged, (found) =>
      openGoingRound(store, codec, found, damagedWith(damaged, checkpoint)),
    );
  return {
    state: table.state,
    files: (filter) => orElse(table.files(filter), async (corrupt) => (await older(corrupt)).files(filter)),
    tombstones: () => orElse(table.tombstones(), async (corrupt) => (await older(corrupt)).tombstones()),
  };
}

/** Items, or others where the log is found corrupt before the first of them. */
async function* orElse<Item>(
  items: AsyncIterable<Item>,
  others: (corrupt: CorruptLog) => Promise<AsyncIterable<Item>>,
): AsyncGenerator<Item> {
  let corrupt: CorruptLog | undefined;
  let isBegun = false;
  try {
    for await (const item of items) {
      isBegun = true;
      yield item;
    }
  } catch (error) {
    if (isBegun || !(error instanceof CorruptLog)) throw error;
    corrupt = error;
  }
  if (corrupt !== undefined) yield* await others(corrupt);
}

/** The state after a segment, and what its commits say of files. */
export async function readChanges(
  store: ObjectStore,
  codec: CheckpointReader,
  segment: LogSegment,
): Promise<{ state: LogState; changes: FileChanges }> {
  const draft = emptyDraft();
  const changes = new FileChanges();
  if (segment.checkpoint !== undefined) {
    const actions = checkpointActions(store, codec, segment.checkpoint, stateKinds);
    for await (const action of actions) applyToDraft(draft, action);
  }
  for await (const action of commitActions(store, segment.commits)) {
    applyToDraft(draft, action);
    changes.apply(action);
  }
  return { state: finishDraft(draft, segment), changes };
}

/** Opens the version that a segment makes up. */
export async function openSegment(
  store: ObjectStore,
  codec: CheckpointReader,
  segment: LogSegment,
): Promise<TableFiles> {
  const { checkpoint } = segment;
  const { state, changes } = await readChanges(store, codec, segment);
  return {
    state,

    async *files({ predicate = [] } = {}) {
      const mayMatch = fileFilter(predicate, state.metaData);
      if (checkpoint !== undefined) {
        const query = predicate.length === 0 ? undefined : { predicate, metaData: state.metaData };
        for await (const action of checkpointActions(store, codec, checkpoint, ['add'], query)) {
          if ('add' in action && mayMatch(action.add) && !changes.has(action.add)) yield action.add;
        }
      }
      for (const add of changes.added) if (mayMatch(add)) yield add;
    },

    async *tombstones() {
      if (checkpoint !== undefined) {
        for await (const action of checkpointActions(store, codec, checkpoint, ['remove'])) {
          if ('remove' in action && !changes.has(action.remove)) yield action.remove;
        }
      }
      yield* changes.removed;
    },
  };
}
