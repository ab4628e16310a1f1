import { serializeActions } from '#delta/action-json.ts';
import type { CommitEntry } from '#delta/commit-entry-store.ts';
import { commitFileName, commitPath, logFolder } from '#delta/log-path.ts';
import { advanceLogState, loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { codec } from './codec.ts';
import { outsideActions } from './outside-writer.ts';
import type { SparkParts } from './spark-writer.ts';

const maxRepairRetries = 3;
const maxCommitAttempts = 5;
const expireTimeS = 1_800_000_000;

type Repaired = 'done' | 'versionExists';

/** Moves the temp file of an entry to N.json, in two requests, and completes the entry: what writers and readers do alike. */
async function repair(
  { store, entries }: Pick<SparkParts, 'store' | 'entries'>,
  entry: CommitEntry,
): Promise<Repaired> {
  if (entry.complete) return 'done';
  const move = await moveTemp(store, entry);
  if (move === 'versionExists') return move;
  const present = await entries.get(entry.tablePath, entry.fileName);
  if (present !== undefined && !present.complete) await entries.markComplete(present, expireTimeS);
  return 'done';
}

async function moveTemp(store: ObjectStore, entry: CommitEntry): Promise<Repaired> {
  const temp = `${logFolder}${entry.tempPath}`;
  for (let retry = 0; ; retry++) {
    try {
      const object = await store.read(temp);
      if (object === undefined) return 'done';
      const put = await store.putIfAbsent(commitPath(Number.parseInt(entry.fileName, 10)), object.bytes);
      if (put === 'created') {
        await store.delete(temp);
        return 'done';
      }
      if (retry >= maxRepairRetries) {
        if (put === 'exists') return 'versionExists';
        throw new Error(`delta-rs: no answer to the copy of ${temp}`);
      }
    } catch (error) {
      if (retry >= maxRepairRetries) throw error;
    }
  }
}

/**
 * One append by delta-rs up to 1.6.0 with its DynamoDB log store: no look at S3 and none at N−1 before its entry is put; what it
 * cannot move because another has done so for it, it takes for another's version, and so may write one add into two.
 * Answers the name of the row it was told is committed.
 */
export async function deltaRsAppends(parts: SparkParts, addsColumn: boolean): Promise<string | undefined> {
  const { store, entries, tablePath, ids } = parts;
  const newest = await entries.newest(tablePath);
  if (newest !== undefined && (await repair(parts, newest)) === 'versionExists') return undefined;
  const loaded = await loadLogState(store, codec);
  const state = loaded && (await advanceLogState(loaded, store));
  if (state === undefined) return undefined;
  const { actions, row, file } = outsideActions(state, ids(), addsColumn);
  await store.put(file.path, file.bytes);
  const tempPath = `_commit_${ids()}.json.tmp`;
  const bytes = serializeActions(actions);
  await store.put(`${logFolder}${tempPath}`, bytes);
  for (let attempt = 0, version = state.version + 1; attempt < maxCommitAttempts; attempt++, version++) {
    const entry: CommitEntry = { tablePath, fileName: commitFileName(version), tempPath, complete: false };
    const put = await entries.putIfAbsent(entry);
    if (put === 'unknown') throw new Error(`delta-rs: no answer to the put of the entry of ${entry.fileName}`);
    if (put === 'created' && (await repair(parts, entry)) === 'done') return row;
    const winner = await entries.get(tablePath, entry.fileName);
    if (winner !== undefined && !winner.complete) await repair(parts, winner);
  }
  return undefined;
}
