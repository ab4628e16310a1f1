import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import type { CommitEntry, CommitEntryStore } from '#delta/commit-entry-store.ts';
import { commitFileName, commitPath, logFolder, tempCommitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { codec } from './codec.ts';
import { outsideActions } from './outside-writer.ts';

/** An engine with S3DynamoDBLogStore over Hadoop's S3A, request by request (BaseExternalLogStore.java of delta-storage-s3-dynamodb). */
export interface SparkParts {
  store: ObjectStore;
  entries: CommitEntryStore;
  tablePath: string;
  ids: () => string;
}

const maxFixRetries = 3;
const maxCommitAttempts = 5;
const expireTimeS = 1_800_000_000;

/** The version was another's before ours was begun: Spark checks for conflicts and goes on with the next. */
class FileAlreadyExists extends Error {
  override readonly name = 'FileAlreadyExists';
}

const exists = async (store: ObjectStore, path: string): Promise<boolean> => (await store.head(path)) !== undefined;

/** Opens the temp file, creates the target unless it is there, by a HEAD that nothing holds, and puts plainly when it is closed. */
async function copyTemp(store: ObjectStore, entry: CommitEntry): Promise<void> {
  const temp = `${logFolder}${entry.tempPath}`;
  const target = `${logFolder}${entry.fileName}`;
  if (!(await exists(store, temp))) throw new Error(`Spark: ${temp} is missing`);
  if (await exists(store, target)) throw new FileAlreadyExists(target);
  const object = await store.read(temp);
  if (object === undefined) throw new Error(`Spark: ${temp} is missing`);
  await store.put(target, object.bytes);
}

/** `fixDeltaLog`: makes N.json of an incomplete entry, whoever's it is, and completes the entry whatever that one says by now. */
async function fix({ store, entries }: Pick<SparkParts, 'store' | 'entries'>, entry: CommitEntry): Promise<void> {
  let copied = false;
  for (let retry = 0; ; ) {
    try {
      if (!copied && !(await exists(store, `${logFolder}${entry.fileName}`))) {
        await copyTemp(store, entry);
        copied = true;
      }
      await entries.markComplete(entry, expireTimeS);
      return;
    } catch (error) {
      if (error instanceof FileAlreadyExists) copied = true;
      else if (retry++ >= maxFixRetries) throw error;
    }
  }
}

/** What every listing of the log begins with, a reader's too: the newest entry is fixed. */
export async function sparkLists({ store, entries, tablePath }: Omit<SparkParts, 'ids'>): Promise<void> {
  const newest = await entries.newest(tablePath);
  if (newest !== undefined && !newest.complete) await fix({ store, entries }, newest);
}

/**
 * `write(N.json, overwrite = false)`. Once the entry is put, Spark takes the version for its own, whatever becomes of the copy.
 *
 * @throws {FileAlreadyExists} where the version is another's; other errors where Spark fails the query.
 */
export async function sparkWrites(parts: SparkParts, version: number, actions: readonly Action[]): Promise<void> {
  const { store, entries, tablePath, ids } = parts;
  if (await exists(store, commitPath(version))) throw new FileAlreadyExists(commitPath(version));
  if (version > 0) {
    const previous = await entries.get(tablePath, commitFileName(version - 1));
    if (previous !== undefined && !previous.complete) await fix(parts, previous);
    else if (!(await exists(store, commitPath(version - 1)))) {
      throw new Error(`Spark: version ${version - 1} is not in the log, but maybe in the log store`);
    }
  } else {
    const entry = await entries.get(tablePath, commitFileName(0));
    if (entry?.complete && !(await exists(store, commitPath(0)))) {
      throw new Error(`Spark: old entries for table ${tablePath} still exist in the external log store`);
    }
  }
  const fileName = commitFileName(version);
  const entry: CommitEntry = { tablePath, fileName, tempPath: tempCommitPath(version, ids()), complete: false };
  await store.put(`${logFolder}${entry.tempPath}`, serializeActions(actions));
  const put = await entries.putIfAbsent(entry);
  if (put === 'exists') throw new FileAlreadyExists(fileName);
  if (put === 'unknown') throw new Error(`Spark: no answer to the put of the entry of ${fileName}`);
  try {
    await copyTemp(store, entry);
    await entries.markComplete(entry, expireTimeS);
  } catch {
    // Spark logs it and reports success: whoever comes next is to fix the entry.
  }
}

/** One append by Spark. Answers the name of the row it was told is committed. */
export async function sparkAppends(parts: SparkParts, addsColumn: boolean): Promise<string | undefined> {
  for (let attempt = 0; attempt < maxCommitAttempts; attempt++) {
    await sparkLists(parts);
    const state = await loadLogState(parts.store, codec);
    if (state === undefined) return undefined;
    const { actions, row, file } = outsideActions(state, parts.ids(), addsColumn);
    await parts.store.put(file.path, file.bytes);
    try {
      await sparkWrites(parts, state.version + 1, actions);
      return row;
    } catch (error) {
      if (!(error instanceof FileAlreadyExists)) throw error;
    }
  }
  return undefined;
}
