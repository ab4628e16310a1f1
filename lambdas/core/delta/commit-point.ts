import { parseActions } from './action-json.ts';
import { commitPath } from './log-path.ts';
import type { ObjectStore } from './object-store.ts';

/** Puts without an answer are asked again as often before giving up. */
const maxAttempts = 4;

export type CommitPoint = 'ours' | 'anothers' | 'unknown';

/**
 * Puts `bytes` as `N.json` unless it is there, and finds out whose it is: an `exists` may be an earlier attempt of the same
 * put, a missing answer may be a success. `unknown`: no answer, and nothing there yet.
 */
export async function putCommit(
  store: ObjectStore,
  version: number,
  bytes: Uint8Array,
  txnId: string,
): Promise<CommitPoint> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const outcome = await store.putIfAbsent(commitPath(version), bytes);
    if (outcome === 'created') return 'ours';
    const written = await committedTxnId(store, version);
    if (written.kind === 'present') return written.txnId === txnId ? 'ours' : 'anothers';
  }
  return 'unknown';
}

/** Puts another writer's bytes as `N.json` unless it is there. False: no answer, and nothing there yet. */
export async function helpCommit(store: ObjectStore, version: number, bytes: Uint8Array): Promise<boolean> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const outcome = await store.putIfAbsent(commitPath(version), bytes);
    if (outcome !== 'unknown' || (await isCommitted(store, version))) return true;
  }
  return false;
}

export const isCommitted = async (store: ObjectStore, version: number): Promise<boolean> =>
  (await store.head(commitPath(version))) !== undefined;

/** Whether a version holds the commit of this `commitInfo.txnId`. */
export async function isCommittedAs(store: ObjectStore, version: number, txnId: string): Promise<boolean> {
  const written = await committedTxnId(store, version);
  return written.kind === 'present' && written.txnId === txnId;
}

type Written = { kind: 'absent' } | { kind: 'present'; txnId: string | undefined };

async function committedTxnId(store: ObjectStore, version: number): Promise<Written> {
  const path = commitPath(version);
  const object = await store.read(path);
  if (object === undefined) return { kind: 'absent' };
  const info = parseActions(object.bytes, path).find((action) => 'commitInfo' in action);
  return { kind: 'present', txnId: info?.commitInfo.txnId };
}

/** Who wrote a version, as its `commitInfo` says. */
export async function writerOf(store: ObjectStore, version: number): Promise<string> {
  const path = commitPath(version);
  const object = await store.read(path);
  const actions = object === undefined ? [] : parseActions(object.bytes, path);
  const info = actions.find((action) => 'commitInfo' in action)?.commitInfo;
  return [info?.engineInfo, info?.clientVersion, info?.operation].find((name) => typeof name === 'string') ?? 'unnamed';
}
