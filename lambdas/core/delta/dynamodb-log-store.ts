import { serializeActions } from './action-json.ts';
import type { CommitEntry, CommitEntryStore } from './commit-entry-store.ts';
import { helpCommit, isCommitted, putCommit } from './commit-point.ts';
import { CorruptLog } from './errors.ts';
import { commitFileName, commitPath, logFolder, tempCommitPath } from './log-path.ts';
import type { Anomaly, CommitOutcome, LogStore } from './log-store.ts';
import type { ObjectStore } from './object-store.ts';

/** A complete entry is kept for a day; then the table's TTL may take it. */
const completeEntryLifeS = 86_400;
const maxAttempts = 4;

export interface DynamodbLogStoreParts {
  store: ObjectStore;
  entries: CommitEntryStore;
  /** The table's URI as all writers of the family write it, such as `s3a://bucket/tables/x`. */
  tablePath: string;
  /** Fresh identifiers for temp files. */
  ids: () => string;
  /** Epoch milliseconds. */
  clock: () => number;
}

type Claim =
  /** The entry of this version names our temp file. */
  | { kind: 'ours'; anomaly?: Anomaly }
  /** The version is another's, and in the log. */
  | { kind: 'anothers'; anomaly?: Anomaly }
  | { kind: 'unknown'; reason: string };

/**
 * Commits in the way of S3DynamoDBLogStore (Delta's storage documentation, "Multi-cluster setup"), hardened: whoever finds
 * the entry of a version incomplete puts the bytes of *its* temp file, only conditionally; and every answer that may be
 * lost is read back. The bytes put at N are always those that the entry of N names.
 */
export function dynamodbLogStore(parts: DynamodbLogStoreParts): LogStore {
  const { store, entries, tablePath, ids, clock } = parts;

  const markComplete = (entry: CommitEntry) =>
    entries.markComplete(entry, Math.floor(clock() / 1000) + completeEntryLifeS);

  /** Best effort once N.json is there: an entry that stays incomplete is completed by the next writer or reader. */
  async function completeQuietly(entry: CommitEntry): Promise<void> {
    try {
      await markComplete(entry);
    } catch {
      // The commit stands without it.
    }
  }

  /** Makes `N.json` of an incomplete entry. */
  async function help(version: number, entry: CommitEntry): Promise<'helped' | 'tempMissing' | 'unknown'> {
    const temp = await store.read(`${logFolder}${entry.tempPath}`);
    if (temp === undefined) {
      if (!(await isCommitted(store, version))) return 'tempMissing';
    } else if (!(await helpCommit(store, version, temp.bytes))) return 'unknown';
    await markComplete(entry);
    return 'helped';
  }

  /** The version before must be finished first: Spark's readers recover the newest entry only. */
  async function finishPrevious(version: number): Promise<CommitOutcome | undefined> {
    const previous = await entries.get(tablePath, commitFileName(version));
    if (previous === undefined || previous.complete) return undefined;
    if (!(await isCommitted(store, version))) {
      return { kind: 'retryable', reason: `version ${version}, on which this commit builds, is not in the log` };
    }
    await markComplete(previous);
    return undefined;
  }

  /** Puts our entry if the version has none; otherwise settles whose the version is. */
  async function claim(version: number, ours: CommitEntry): Promise<Claim> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if ((await entries.putIfAbsent(ours)) === 'created') return { kind: 'ours' };
      const present = await entries.get(ours.tablePath, ours.fileName);
      if (present === undefined) continue;
      if (present.tempPath === ours.tempPath) return { kind: 'ours' };
      return settle(version, present, ours);
    }
    return { kind: 'unknown', reason: `no answer to the put of the entry of version ${version}` };
  }

  async function settle(version: number, present: CommitEntry, ours: CommitEntry): Promise<Claim> {
    if (present.complete) {
      if (await isCommitted(store, version)) return { kind: 'anothers' };
      throw new CorruptLog(
        `${ours.tablePath}: the entry of ${ours.fileName} is complete and the file is not there; expected no entries of an earlier table at this path`,
      );
    }
    switch (await help(version, present)) {
      case 'helped':
        return { kind: 'anothers' };
      case 'unknown':
        return { kind: 'unknown', reason: `no answer to the put of version ${version} for its owner` };
      case 'tempMissing':
        return replace(version, present, ours);
    }
  }

  /** The owner's bytes are lost and its version is not in the log: nothing can come of that entry any more. */
  async function replace(version: number, present: CommitEntry, ours: CommitEntry): Promise<Claim> {
    if ((await entries.replaceIncomplete(ours, present.tempPath)) === 'replaced') {
      return { kind: 'ours', anomaly: 'tempMissing' };
    }
    const now = await entries.get(ours.tablePath, ours.fileName);
    if (now?.tempPath === ours.tempPath) return { kind: 'ours', anomaly: 'tempMissing' };
    return { kind: 'unknown', reason: `the entry of version ${version} changed hands` };
  }

  return {
    async finish() {
      const newest = await entries.newest(tablePath);
      if (newest === undefined || newest.complete) return;
      const version = Number.parseInt(newest.fileName, 10);
      if ((await help(version, newest)) === 'unknown') {
        throw new Error(`${tablePath}: expected version ${version} to be finished, got no answer`);
      }
    },

    async isFinished(version) {
      const entry = await entries.get(tablePath, commitFileName(version));
      return entry === undefined || entry.complete;
    },

    /** Of an old version the table's TTL has taken the entry: nothing tells. */
    async isStray(version) {
      if ((await entries.get(tablePath, commitFileName(version))) !== undefined) return false;
      const commit = await store.head(commitPath(version));
      return commit !== undefined && clock() - commit.lastModifiedMs < (completeEntryLifeS * 1000) / 2;
    },

    async commit(version, actions, txnId) {
      const unfinished = version === 0 ? undefined : await finishPrevious(version - 1);
      if (unfinished !== undefined) return unfinished;

      const bytes = serializeActions(actions);
      const fileName = commitFileName(version);
      const ours: CommitEntry = { tablePath, fileName, tempPath: tempCommitPath(version, ids()), complete: false };
      await store.put(`${logFolder}${ours.tempPath}`, bytes);

      const claimed = await claim(version, ours);
      if (claimed.kind === 'unknown') return { kind: 'retryable', reason: claimed.reason };
      const anomaly = claimed.anomaly === undefined ? {} : { anomaly: claimed.anomaly };
      if (claimed.kind === 'anothers') return { kind: 'conflict', ...anomaly };

      const point = await putCommit(store, version, bytes, txnId);
      switch (point) {
        case 'ours':
          await completeQuietly(ours);
          return { kind: 'committed', ...anomaly };
        case 'anothers':
          await completeQuietly(ours);
          return { kind: 'conflict', anomaly: 'strayWriter' };
        case 'unknown':
          return { kind: 'retryable', reason: `no answer to the put of version ${version}` };
      }
    },
  };
}
