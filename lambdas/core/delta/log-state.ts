import { parseActions } from './action-json.ts';
import type { Action, DomainMetadata, MetaData, Protocol, Txn } from './actions.ts';
import type { CheckpointReader } from './checkpoint-codec.ts';
import { CorruptLog } from './errors.ts';
import { commitPath } from './log-path.ts';
import { type LogSegment, readSegment } from './log-segment.ts';
import type { ObjectStore } from './object-store.ts';
import { assertReadable } from './protocol.ts';
import { replay } from './replay.ts';

/** What a commit needs to know of a version: everything but its files. Its size does not depend on theirs. */
export interface LogState {
  version: number;
  protocol: Protocol;
  metaData: MetaData;
  /** By appId. */
  txns: ReadonlyMap<string, Txn>;
  /** By domain. */
  domains: ReadonlyMap<string, DomainMetadata>;
  /** When the version's commit was written, as the store says. */
  commitTimestampMs: number;
  /** Of the version's JSON; absent when only a checkpoint of it is left. */
  etag: string | undefined;
}

/** The parts of a state that actions change. */
export interface StateDraft {
  protocol: Protocol | undefined;
  metaData: MetaData | undefined;
  txns: Map<string, Txn>;
  domains: Map<string, DomainMetadata>;
}

export const emptyDraft = (): StateDraft => ({
  protocol: undefined,
  metaData: undefined,
  txns: new Map(),
  domains: new Map(),
});

/** Applies one action to the draft: the later wins (PROTOCOL.md, "Action Reconciliation"). */
export function applyToDraft(draft: StateDraft, action: Action): void {
  if ('protocol' in action) {
    assertReadable(action.protocol);
    draft.protocol = action.protocol;
  } else if ('metaData' in action) draft.metaData = action.metaData;
  else if ('txn' in action) draft.txns.set(action.txn.appId, action.txn);
  else if ('domainMetadata' in action) {
    const { domain, removed } = action.domainMetadata;
    if (removed) draft.domains.delete(domain);
    else draft.domains.set(domain, action.domainMetadata);
  }
}

/** The state that a replayed draft stands for. */
export function finishDraft(draft: StateDraft, { version, lastCommit, commits, checkpoint }: LogSegment): LogState {
  const { protocol, metaData, txns, domains } = draft;
  if (protocol === undefined) throw new CorruptLog(`version ${version}: expected a protocol action, found none`);
  if (metaData === undefined) throw new CorruptLog(`version ${version}: expected a metaData action, found none`);
  if (typeof metaData.schemaString !== 'string') {
    throw new CorruptLog(`version ${version}: expected metaData.schemaString, found none`);
  }
  const written = lastCommit ?? commits.at(-1) ?? checkpoint?.files[0];
  return {
    version,
    protocol,
    metaData,
    txns,
    domains,
    commitTimestampMs: written?.lastModifiedMs ?? 0,
    etag: lastCommit?.etag,
  };
}

/**
 * Loads the state of `atVersion`, or of the latest version, without the list of files. `undefined`: there is no table.
 *
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be read here.
 * @throws {VersionNotReconstructible | CorruptLog} when the log is not whole.
 */
export async function loadLogState(
  store: ObjectStore,
  codec: CheckpointReader,
  atVersion?: number,
): Promise<LogState | undefined> {
  return readSegment(store, atVersion, async (segment) => {
    const draft = emptyDraft();
    for await (const action of replay(store, codec, segment, ['protocol', 'metaData', 'txn', 'domainMetadata'])) {
      applyToDraft(draft, action);
    }
    return finishDraft(draft, segment);
  });
}

/**
 * Brings a state up to date by reading the commits after it one by one, without a list. `undefined`: the version's own
 * commit is gone or was replaced since, so that the state must be loaded afresh.
 */
export async function advanceLogState(state: LogState, store: ObjectStore): Promise<LogState | undefined> {
  const own = await store.head(commitPath(state.version));
  if (state.etag !== undefined && own?.etag !== state.etag) return undefined;
  const draft: StateDraft = { ...state, txns: new Map(state.txns), domains: new Map(state.domains) };
  let { version, commitTimestampMs, etag } = state;
  for (;;) {
    const path = commitPath(version + 1);
    const object = await store.read(path);
    if (object === undefined) break;
    for (const action of parseActions(object.bytes, path)) applyToDraft(draft, action);
    version += 1;
    commitTimestampMs = object.lastModifiedMs;
    etag = object.etag;
  }
  return version === state.version ? state : ({ ...draft, version, commitTimestampMs, etag } as LogState);
}
