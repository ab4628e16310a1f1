import { serializeActions } from '#delta/action-json.ts';
import type { CommitEntry, CommitEntryStore } from '#delta/commit-entry-store.ts';
import { commitFileName, commitPath, logFolder, tempCommitPath } from '#delta/log-path.ts';
import { advanceLogState, loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { codec } from './codec.ts';
import { outsideActions } from './outside-writer.ts';

export interface SparkWriterParts {
  store: ObjectStore;
  entries: CommitEntryStore;
  tablePath: string;
  ids: () => string;
  addsColumn: boolean;
}

/** HEAD, then a plain PUT: what `write(path, overwrite = false)` is on S3A. */
async function copyTemp(store: ObjectStore, version: number, entry: CommitEntry): Promise<void> {
  const temp = await store.read(`${logFolder}${entry.tempPath}`);
  if (temp === undefined) return;
  if ((await store.head(commitPath(version))) === undefined) await store.put(commitPath(version), temp.bytes);
}

/** Readers and writers both finish the newest incomplete entry before they list the log. */
async function recoverNewest({ store, entries, tablePath }: SparkWriterParts): Promise<void> {
  const newest = await entries.newest(tablePath);
  if (newest !== undefined && !newest.complete) await recover({ store, entries }, newest);
}

async function recover(
  { store, entries }: Pick<SparkWriterParts, 'store' | 'entries'>,
  entry: CommitEntry,
): Promise<void> {
  await copyTemp(store, Number.parseInt(entry.fileName, 10), entry);
  await entries.markComplete(entry, 1_800_000_000);
}

/** A Spark reader: it lists the log, and so recovers the newest entry. */
export const sparkReads = recoverNewest;

/**
 * One append by a writer with S3DynamoDBLogStore, in its steps: temp file, item, HEAD and plain PUT, item complete; errors of
 * the last two swallowed. Answers the name of the row it was told is committed.
 */
export async function sparkAppends(parts: SparkWriterParts): Promise<string | undefined> {
  const { store, entries, tablePath, ids, addsColumn } = parts;
  for (let attempt = 0; attempt < 5; attempt++) {
    await recoverNewest(parts);
    const loaded = await loadLogState(store, codec);
    if (loaded === undefined) return undefined;
    const state = await advanceLogState(loaded, store);
    if (state === undefined) continue;
    const version = state.version + 1;
    const { actions, row, file } = outsideActions(state, ids(), addsColumn);
    await store.put(file.path, file.bytes);
    const previous = await entries.get(tablePath, commitFileName(version - 1));
    if (previous !== undefined && !previous.complete) await recover(parts, previous);
    if ((await store.head(commitPath(version - 1))) === undefined)
      throw new Error(`Spark: version ${version - 1} is missing`);
    if ((await store.head(commitPath(version))) !== undefined) continue;
    const entry: CommitEntry = {
      tablePath,
      fileName: commitFileName(version),
      tempPath: tempCommitPath(version, ids()),
      complete: false,
    };
    const bytes = serializeActions(actions);
    await store.put(`${logFolder}${entry.tempPath}`, bytes);
    const put = await entries.putIfAbsent(entry);
    if (put === 'exists') continue;
    if (put === 'unknown') throw new Error('Spark: no answer to the put of the item');
    try {
      await copyTemp(store, version, entry);
      await entries.markComplete(entry, 1_800_000_000);
    } catch {
      // Swallowed: whoever comes next recovers the entry.
    }
    return row;
  }
  return undefined;
}
