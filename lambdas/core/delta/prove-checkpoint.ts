import { md5 } from '@noble/hashes/legacy.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Action, AddFile } from './actions.ts';
import type { CheckpointReader } from './checkpoint-codec.ts';
import { comparableMetaData, comparableProtocol } from './comparable-state.ts';
import { CorruptLog, VersionNotReconstructible } from './errors.ts';
import { openTableFiles } from './live-files.ts';
import { lastCheckpointPath, parseLogPath } from './log-path.ts';
import type { CheckpointFiles } from './log-segment.ts';
import type { ObjectStore } from './object-store.ts';
import { checkpointActions } from './replay.ts';
import { fileKey } from './snapshot.ts';

/**
 * Reads the whole of a checkpoint and compares it with what the rest of the log says of its version: protocol, metadata,
 * transactions, domains and every live file. Where the rest of the log does not reach back far enough to say it, only that
 * the checkpoint is whole is proved: it is all there is of its version anyway.
 *
 * @throws {CorruptLog} when it cannot be read, or says something else.
 */
export async function proveCheckpoint(
  store: ObjectStore,
  codec: CheckpointReader,
  checkpoint: CheckpointFiles,
): Promise<'sameAsLog' | 'readable'> {
  const { version } = checkpoint;
  const found = await describe(checkpointActions(store, codec, checkpoint, [...stateKinds, 'add']));
  for (const kind of ['protocol', 'metaData'] as const) {
    if (found.facts.has(kind)) continue;
    throw new CorruptLog(`checkpoint ${version}: expected a ${kind} action, found none`);
  }
  const expected = await describeVersion(withoutCheckpoints(store, version), codec, version);
  if (expected === undefined) return 'readable';
  const keepsEveryTxn = !found.hasTxnRetention;
  for (const [name, text] of expected.facts) {
    const own = found.facts.get(name);
    if (own === text || (own === undefined && name.startsWith('txn ') && !keepsEveryTxn)) continue;
    throw new CorruptLog(`checkpoint ${version}: expected ${name} to be ${text} as in the log, got ${own ?? 'none'}`);
  }
  for (const name of found.facts.keys()) {
    if (!expected.facts.has(name)) throw new CorruptLog(`checkpoint ${version}: expected no ${name}, found one`);
  }
  if (found.files !== expected.files || found.digest !== expected.digest) {
    throw new CorruptLog(
      `checkpoint ${version}: expected the ${expected.files} live files of the log, got ${found.files} that differ`,
    );
  }
  return 'sameAsLog';
}

const stateKinds = ['protocol', 'metaData', 'txn', 'domainMetadata'] as const;

/** A version in a few numbers and texts: its memory does not grow with its files. */
interface Description {
  /** By name: what is there once, as text. */
  facts: Map<string, string>;
  files: number;
  digest: string;
  hasTxnRetention: boolean;
}

async function describeVersion(
  store: ObjectStore,
  codec: CheckpointReader,
  version: number,
): Promise<Description | undefined> {
  try {
    const table = await openTableFiles(store, codec, version);
    if (table === undefined) return undefined;
    const { protocol, metaData, txns, domains } = table.state;
    const state: Action[] = [
      { protocol },
      { metaData },
      ...[...txns.values()].map((txn) => ({ txn })),
      ...[...domains.values()].map((domainMetadata) => ({ domainMetadata })),
    ];
    return await describe(joined(state, table.files()));
  } catch (error) {
    if (error instanceof VersionNotReconstructible) return undefined;
    throw error;
  }
}

async function* joined(state: readonly Action[], files: AsyncIterable<AddFile>): AsyncGenerator<Action> {
  yield* state;
  for await (const add of files) yield { add };
}

async function describe(actions: AsyncIterable<Action>): Promise<Description> {
  const facts = new Map<string, string>();
  const sum = new Uint32Array(4);
  let files = 0;
  let hasTxnRetention = false;
  for await (const action of actions) {
    if ('add' in action) {
      files += 1;
      addDigest(sum, textOf(action.add));
    } else if ('protocol' in action) facts.set('protocol', canonical(comparableProtocol(action.protocol)));
    else if ('metaData' in action) {
      const { id, schema, partitionColumns, configuration } = comparableMetaData(action.metaData);
      hasTxnRetention = 'delta.setTransactionRetentionDuration' in configuration;
      facts.set('metaData', canonical({ id, schema, partitionColumns, configuration }));
    } else if ('txn' in action) facts.set(`txn ${action.txn.appId}`, String(action.txn.version));
    else if ('domainMetadata' in action && !action.domainMetadata.removed) {
      facts.set(`domain ${action.domainMetadata.domain}`, action.domainMetadata.configuration);
    }
  }
  return { facts, files, digest: sum.join('-'), hasTxnRetention };
}

/** What makes up a live file. Statistics are left out: checkpoints of others may hold them in another form. */
function textOf(add: AddFile): string {
  const values = Object.entries(add.partitionValues).filter(([, value]) => value !== null && value !== '');
  values.sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([fileKey(add), add.size, add.modificationTime, values]);
}

/** Sums of digests, word by word: the same in any order, and another for another set. */
function addDigest(sum: Uint32Array, text: string): void {
  const digest = md5(utf8ToBytes(text));
  const words = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  for (let index = 0; index < sum.length; index++) sum[index] = sum[index]! + words.getUint32(4 * index);
}

/** JSON with members in order, absent and empty ones left out. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    const members = Object.entries(member).filter(([, inner]) => inner !== null && inner !== undefined && inner !== '');
    return Object.fromEntries(members.sort(([left], [right]) => (left < right ? -1 : 1)));
  });

const checkpointKinds: ReadonlySet<string> = new Set(['checkpoint', 'multipartCheckpoint', 'v2Checkpoint']);

/** The same log as if its checkpoints of `version` and later had never been written. */
function withoutCheckpoints(store: ObjectStore, version: number): ObjectStore {
  const isHidden = (path: string): boolean => {
    const { kind, version: own } = parseLogPath(path) ?? { kind: 'commit', version };
    return own >= version && checkpointKinds.has(kind);
  };
  return {
    ...store,
    read: async (path) => (path === lastCheckpointPath ? undefined : store.read(path)),
    async *list(prefix, startAfter) {
      for await (const info of store.list(prefix, startAfter)) if (!isHidden(info.path)) yield info;
    },
  };
}
