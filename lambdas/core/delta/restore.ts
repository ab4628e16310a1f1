import type { Action, AddFile, MetaData, Protocol } from './actions.ts';
import { type Attempt, commitInfoOf } from './commit-info.ts';
import { comparableMetaData } from './comparable-state.ts';
import { RestoreRefused } from './errors.ts';
import type { LogState } from './log-state.ts';
import { assertWritable } from './protocol.ts';
import { assertRemovable, removeOf } from './remove-files.ts';
import { fileKey } from './snapshot.ts';
import type { Operation } from './transact.ts';

/** How the files of a table differ from those of one of its earlier versions. */
export interface FileDifference {
  /** Live then and not now. */
  missing: readonly AddFile[];
  /** Live now and not then. */
  surplus: readonly AddFile[];
  /** `fileKey`s of all that were live then. */
  keysThen: ReadonlySet<string>;
  bytesThen: number;
}

/** The version to go back to, as history shows it. */
export interface RestoreTarget {
  state: Pick<LogState, 'version' | 'protocol' | 'metaData'>;
  /** When the version was asked for by an instant. */
  timestamp?: string;
}

export interface RestorePlan extends Attempt {
  state: LogState;
  target: RestoreTarget;
  difference: FileDifference;
  /** Commits since the difference was taken: what they added is surplus too, but for what they brought back of the target. */
  winners?: readonly Action[];
}

/**
 * Actions of the version after `state` that has the files and the metaData of the target. Protocol, `metaData.id` and txns stay
 * as they are: rows that are restored away do not come again. `undefined`: nothing differs.
 *
 * @throws {RestoreRefused} when the target was partitioned in another way, or needs what the protocol does not have any more.
 * @throws {AppendOnlyTable} when rows of an append-only table would go.
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here.
 */
export function planRestore(plan: RestorePlan): Action[] | undefined {
  const { state, target, difference, winners = [], nowMs } = plan;
  assertRestorable(state, target);
  const metaData = metaDataAfter(state.metaData, target.state.metaData);
  assertWritable(state.protocol, state.metaData);
  assertWritable(state.protocol, metaData);
  const { keysThen } = difference;
  const broughtBack = new Set(winners.flatMap((action) => ('add' in action ? [fileKey(action.add)] : [])));
  const missing = difference.missing.filter((file) => !broughtBack.has(fileKey(file)));
  const surplus = surplusAfter(difference.surplus, winners).filter((file) => !keysThen.has(fileKey(file)));
  if (surplus.length > 0) assertRemovable(state, 'RESTORE');
  const isSameMetaData = canonical(metaData) === canonical(state.metaData);
  if (missing.length === 0 && surplus.length === 0 && isSameMetaData) return undefined;
  return [
    commitInfoOf(
      plan,
      {
        operation: 'RESTORE',
        operationParameters: { version: target.state.version, timestamp: target.timestamp ?? null },
        operationMetrics: {
          tableSizeAfterRestore: difference.bytesThen,
          numOfFilesAfterRestore: keysThen.size,
          numRemovedFiles: surplus.length,
          numRestoredFiles: missing.length,
          removedFilesSize: bytesOf(surplus),
          restoredFilesSize: bytesOf(missing),
        },
        isBlindAppend: false,
      },
      state,
    ),
    ...(isSameMetaData ? [] : [{ metaData }]),
    ...missing.map((file) => ({ add: { ...file, dataChange: true } })),
    ...surplus.map((file) => ({ remove: removeOf(file, nowMs, true) })),
  ];
}

/** To commit a restore: appends of others are undone with it, and it starts over when files of the target change. */
export const restoreOperation = (target: RestoreTarget, difference: FileDifference): Operation => ({
  plan: (state, attempt, winners) => planRestore({ ...attempt, state, target, difference, winners }),
  reads: { kind: 'files', predicate: undefined, paths: difference.keysThen },
});

function surplusAfter(surplus: readonly AddFile[], winners: readonly Action[]): AddFile[] {
  const files = new Map(surplus.map((file) => [fileKey(file), file]));
  for (const action of winners) {
    if ('add' in action) files.set(fileKey(action.add), action.add);
    else if ('remove' in action) files.delete(fileKey(action.remove));
  }
  return [...files.values()];
}

/** Which commits say their time is a fact of the whole log, and so is how long it keeps transactions: neither goes back. */
const factsOfLog =
  /^delta\.(enableInCommitTimestamps|inCommitTimestampEnablement(Version|Timestamp)|setTransactionRetentionDuration)$/;

function metaDataAfter(now: MetaData, then: MetaData): MetaData {
  const isFact = ([key]: [string, string]) => factsOfLog.test(key);
  const configuration = Object.fromEntries([
    ...Object.entries(then.configuration).filter((entry) => !isFact(entry)),
    ...Object.entries(now.configuration).filter(isFact),
  ]);
  return { ...then, id: now.id, configuration };
}

const bytesOf = (files: readonly AddFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

function assertRestorable(state: LogState, { state: { version, protocol, metaData } }: RestoreTarget): void {
  const [now, then] = [state.metaData.partitionColumns, metaData.partitionColumns];
  if (JSON.stringify(now) !== JSON.stringify(then)) {
    throw new RestoreRefused(
      `version ${version}: expected partition columns as the table has now, [${now.join(', ')}], got [${then.join(', ')}]`,
    );
  }
  const lost = [...lostVersions(state.protocol, protocol), ...lostFeatures(state.protocol, protocol)];
  if (lost.length > 0) {
    throw new RestoreRefused(
      `version ${version}: expected a protocol that the table still has, but it gave up ${lost.join(', ')}`,
    );
  }
}

function* lostVersions(now: Protocol, then: Protocol): Generator<string> {
  if (now.minReaderVersion < then.minReaderVersion) yield `reader version ${then.minReaderVersion}`;
  if (now.minWriterVersion < then.minWriterVersion) yield `writer version ${then.minWriterVersion}`;
}

function* lostFeatures(now: Protocol, then: Protocol): Generator<string> {
  const has = new Set([...(now.readerFeatures ?? []), ...(now.writerFeatures ?? [])]);
  for (const feature of new Set([...(then.readerFeatures ?? []), ...(then.writerFeatures ?? [])])) {
    if (!has.has(feature)) yield feature;
  }
}

/** What metaData means: the members of objects have no order, and null is absent. */
const canonical = (metaData: MetaData): string =>
  JSON.stringify(comparableMetaData(metaData), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(isPresent).sort(byName))
      : value,
  );

const isPresent = ([, value]: [string, unknown]): boolean => value !== null && value !== undefined;

const byName = ([left]: [string, unknown], [right]: [string, unknown]): number => (left < right ? -1 : 1);
