import type { Action, AddFile, MetaData, Protocol, RemoveFile } from './actions.ts';
import type { LogState } from './log-state.ts';
import { type BoundPredicate, mayMatchFile } from './predicate.ts';
import { type IsolationLevel, properties, validPropertyOf } from './properties.ts';
import { parseSchema } from './schema.ts';
import { addColumns } from './schema-growth.ts';
import { fileKey } from './snapshot.ts';

/** What an operation read to plan its actions. */
export type Reads =
  | { kind: 'nothing' }
  | { kind: 'table' }
  /** Files that may match; without a predicate those of `paths` alone, or all. `paths`: `fileKey`s. */
  | { kind: 'files'; predicate: BoundPredicate | undefined; paths?: ReadonlySet<string> };

/** Why a commit of another makes a planned one invalid. */
export type Conflict =
  /** Both change the protocol, or the other took features away. */
  | { rule: 'protocolChanged' }
  /** Columns, partitioning or properties are not those that were planned with. */
  | { rule: 'metadataChanged' }
  | { rule: 'domainChanged'; domain: string }
  /** The other committed for the same application. */
  | { rule: 'transactionCommitted'; appId: string }
  /** The other added a file that should have been read. */
  | { rule: 'fileAdded'; path: string }
  /** The other removed a file that was read. */
  | { rule: 'readFileRemoved'; path: string }
  /** Both remove one file. */
  | { rule: 'fileRemovedTwice'; path: string }
  /** The version that was planned from is not in the log any more. */
  | { rule: 'logReplaced' };

/** The isolation that planned actions ask for: commits of file actions that change no data need only a snapshot's. */
export function isolationOf(planned: readonly Action[], metaData: MetaData): IsolationLevel {
  const changesNothing = planned.every((action) => 'commitInfo' in action || isFileActionWithoutChange(action));
  return changesNothing ? 'SnapshotIsolation' : validPropertyOf(metaData, properties.isolationLevel);
}

const isFileActionWithoutChange = (action: Action): boolean =>
  ('add' in action && !action.add.dataChange) || ('remove' in action && !action.remove.dataChange);

/**
 * The first rule by which another's commit, one of those after `before`, makes `planned` invalid; nothing where both stand. The
 * rules are those of Delta's own conflict checker, pair by pair; the protocol leaves them to writers.
 */
export function checkConflicts(
  planned: readonly Action[],
  reads: Reads,
  winner: readonly Action[],
  isolation: IsolationLevel,
  before: Pick<LogState, 'protocol' | 'metaData'>,
): Conflict | undefined {
  return (
    protocolConflict(planned, winner, before.protocol) ??
    metadataConflict(planned, winner, before.metaData) ??
    domainConflict(planned, winner) ??
    transactionConflict(planned, winner) ??
    additionConflict(planned, reads, winner, isolation, before.metaData) ??
    removalConflict(planned, reads, winner, before.metaData)
  );
}

function protocolConflict(
  planned: readonly Action[],
  winner: readonly Action[],
  before: Protocol,
): Conflict | undefined {
  const found = winner.find((action) => 'protocol' in action)?.protocol;
  if (found === undefined) return undefined;
  const isBoth = planned.some((action) => 'protocol' in action);
  return isBoth || dropsFeatures(before, found) ? { rule: 'protocolChanged' } : undefined;
}

const dropsFeatures = (before: Protocol, after: Protocol): boolean =>
  after.minReaderVersion < before.minReaderVersion ||
  after.minWriterVersion < before.minWriterVersion ||
  lacks(after.readerFeatures, before.readerFeatures) ||
  lacks(after.writerFeatures, before.writerFeatures);

const lacks = (features: readonly string[] = [], wanted: readonly string[] = []): boolean =>
  wanted.some((feature) => !features.includes(feature));

/** New columns and other properties leave files as good as they were: file actions stand beside them. */
function metadataConflict(
  planned: readonly Action[],
  winner: readonly Action[],
  before: MetaData,
): Conflict | undefined {
  const found = winner.find((action) => 'metaData' in action)?.metaData;
  if (found === undefined) return undefined;
  const isAboutFiles = planned.every((action) => 'commitInfo' in action || 'add' in action || 'remove' in action);
  return isAboutFiles && keepsFiles(before, found) ? undefined : { rule: 'metadataChanged' };
}

/** Properties that say what a file must hold, or who may write. */
const fileProperties = /^delta\.(columnMapping|constraints)\.|^delta\.(enable|require|identity)/;

function keepsFiles(before: MetaData, after: MetaData): boolean {
  const ruling = ({ configuration }: MetaData) =>
    JSON.stringify(
      Object.entries(configuration)
        .filter(([key]) => fileProperties.test(key))
        .sort(),
    );
  return (
    before.id === after.id &&
    JSON.stringify(before.partitionColumns) === JSON.stringify(after.partitionColumns) &&
    ruling(before) === ruling(after) &&
    addColumns(
      parseSchema(after.schemaString),
      parseSchema(before.schemaString),
      validPropertyOf(after, properties.enableTypeWidening) ? 'any' : 'never',
    ).kind === 'same'
  );
}

function domainConflict(planned: readonly Action[], winner: readonly Action[]): Conflict | undefined {
  const domains = (actions: readonly Action[]) =>
    actions.flatMap((action) => ('domainMetadata' in action ? [action.domainMetadata.domain] : []));
  const theirs = new Set(domains(winner));
  const domain = domains(planned).find((name) => theirs.has(name));
  return domain === undefined ? undefined : { rule: 'domainChanged', domain };
}

function transactionConflict(planned: readonly Action[], winner: readonly Action[]): Conflict | undefined {
  const appIds = (actions: readonly Action[]) =>
    actions.flatMap((action) => ('txn' in action ? [action.txn.appId] : []));
  const theirs = new Set(appIds(winner));
  const appId = appIds(planned).find((name) => theirs.has(name));
  return appId === undefined ? undefined : { rule: 'transactionCommitted', appId };
}

function additionConflict(
  planned: readonly Action[],
  reads: Reads,
  winner: readonly Action[],
  isolation: IsolationLevel,
  metaData: MetaData,
): Conflict | undefined {
  if (reads.kind === 'nothing' || isolation === 'SnapshotIsolation') return undefined;
  const changesMetadata = planned.some((action) => 'metaData' in action);
  if (isolation === 'WriteSerializable' && !changesMetadata && isBlindAppend(winner)) return undefined;
  const found = winner.find((action) => 'add' in action && wouldRead(reads, action.add, metaData));
  return found !== undefined && 'add' in found ? { rule: 'fileAdded', path: found.add.path } : undefined;
}

const isBlindAppend = (actions: readonly Action[]): boolean =>
  actions.some((action) => 'commitInfo' in action && action.commitInfo.isBlindAppend === true) &&
  !actions.some((action) => 'remove' in action);

function wouldRead(reads: Reads, add: AddFile, metaData: MetaData): boolean {
  switch (reads.kind) {
    case 'nothing':
      return false;
    case 'table':
      return true;
    case 'files':
      if (reads.predicate === undefined) return reads.paths === undefined || reads.paths.has(fileKey(add));
      return mayMatchFile(reads.predicate, add, metaData);
  }
}

function removalConflict(
  planned: readonly Action[],
  reads: Reads,
  winner: readonly Action[],
  metaData: MetaData,
): Conflict | undefined {
  const ours = new Set(planned.flatMap((action) => ('remove' in action ? [fileKey(action.remove)] : [])));
  for (const action of winner) {
    if (!('remove' in action)) continue;
    const { remove } = action;
    if (ours.has(fileKey(remove))) return { rule: 'fileRemovedTwice', path: remove.path };
    if (hasRead(reads, remove, metaData)) return { rule: 'readFileRemoved', path: remove.path };
  }
  return undefined;
}

function hasRead(reads: Reads, remove: RemoveFile, metaData: MetaData): boolean {
  if (reads.kind !== 'files') return reads.kind === 'table';
  if (reads.paths !== undefined) return reads.paths.has(fileKey(remove));
  const { partitionValues, size, stats } = remove;
  if (reads.predicate === undefined || partitionValues === undefined) return true;
  const { path, dataChange } = remove;
  const file: AddFile = { path, partitionValues, size: size ?? 0, modificationTime: 0, dataChange };
  return mayMatchFile(reads.predicate, stats === undefined ? file : { ...file, stats }, metaData);
}
