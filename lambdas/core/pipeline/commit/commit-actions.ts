import type { TableSettings } from '#contract/table-settings.ts';
import type { Action, AddFile, CommitInfo, Txn } from '#delta/actions.ts';
import { planAppend, planCreate } from '#delta/append.ts';
import { encodePath } from '#delta/file-path.ts';
import type { LogState } from '#delta/log-state.ts';
import { wideningOf } from '#delta/protocol.ts';
import { parseSchema } from '#delta/schema.ts';
import { addColumns, type SchemaGrowth } from '#delta/schema-growth.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { Manifest, ManifestRange, StagedFile } from '../ledger/manifest.ts';
import { appIdOf } from '../ledger/manifest-line.ts';
import { comparePositions } from '../ledger/position.ts';
import { originOf } from '../ledger/redriven.ts';
import { causesOf } from '../ledger/schema-change.ts';
import type { HandoverInLog } from '../positions/handover-in-log.ts';
import { missingSeals, takenOverVersion, writtenSince } from '../positions/sealed-offsets.ts';
import { OldWriterError, SchemaConflictError } from './commit-errors.ts';

export interface CommitInput {
  environment: string;
  /** Nothing: version 0 makes the table. */
  state: LogState | undefined;
  record: TableRecord;
  settings: Pick<TableSettings, 'properties'>;
  /** In an order in which every line is gapless. */
  taken: readonly Manifest[];
  /** The data files that have their rows. */
  files: readonly StagedFile[];
  txnId: string;
  nowMs: number;
  /** As `nextCommitTime` answers it. */
  inCommitTimestampMs?: number;
  engineInfo: string;
}

export interface PlannedCommit {
  version: number;
  actions: Action[];
}

/**
 * The version that follows `state` with all that is taken: purely from its input.
 *
 * @throws {SchemaConflictError} where `state` has a column with another type than the ledger agreed on with a later one.
 */
export function planCommit(input: CommitInput): PlannedCommit {
  const { state, record, settings, taken, files, txnId, nowMs, inCommitTimestampMs, engineInfo } = input;
  const common = {
    files: files.map(toAdd),
    txns: [...txnsOf(input), ...sealsFor(input)],
    txnId,
    nowMs,
    ...(inCommitTimestampMs === undefined ? {} : { inCommitTimestampMs }),
    engineInfo,
    commitInfo: { alluvium: provenanceOf(taken) } satisfies CommitInfo,
  };
  const agreed = parseSchema(record.schemaString);
  if (state === undefined) {
    const actions = planCreate({
      ...common,
      id: record.incarnation,
      name: record.tableName,
      schema: agreed,
      partitionColumns: record.partitionColumns,
      configuration: settings.properties,
      parameters: causeParameters({ added: agreed.fields.map(({ name }) => name), widened: [] }, record),
    });
    return { version: 0, actions };
  }
  const growth = growthOf(state, record);
  const grown = growth && { schema: growth.schema, parameters: growthParameters(growth, record) };
  const actions = planAppend({ ...common, state, ...grown });
  return { version: state.version + 1, actions };
}

type Growth = Extract<SchemaGrowth, { kind: 'grown' }>;

/** What the ledger has beyond the log's columns; nothing where the log has them all. */
function growthOf(state: LogState, { schemaString, tableName }: TableRecord): Growth | undefined {
  const growth = addColumns(parseSchema(state.metaData.schemaString), parseSchema(schemaString), wideningOf(state));
  switch (growth.kind) {
    case 'same':
      return undefined;
    case 'grown':
      return growth;
    case 'conflict':
      throw new SchemaConflictError(
        `table ${tableName}: expected its log to have ${growth.path} as staged files do, ${JSON.stringify(growth.wanted)}, got ${JSON.stringify(growth.existing)}`,
      );
  }
}

/** What the history of the table says of the columns that it gets: which, and by whom. */
const growthParameters = (growth: Growth, record: TableRecord): Record<string, string> => ({
  ...(growth.added.length === 0 ? {} : { columnsAdded: JSON.stringify(growth.added) }),
  ...(growth.widened.length === 0 ? {} : { columnsWidened: JSON.stringify(growth.widened) }),
  ...causeParameters(growth, record),
});

function causeParameters(growth: Pick<Growth, 'added' | 'widened'>, { changes }: TableRecord): Record<string, string> {
  const causes = causesOf(growth, changes);
  return causes.length === 0 ? {} : { columnsBy: JSON.stringify(causes) };
}

const toAdd = ({ path, partitionValues, sizeBytes, modifiedMs, stats }: StagedFile): AddFile => ({
  path: encodePath(path),
  partitionValues,
  size: sizeBytes,
  modificationTime: modifiedMs,
  dataChange: true,
  stats,
});

/** One txn for each line, at the last ordinal taken. */
function txnsOf({ environment, taken, nowMs }: CommitInput): Txn[] {
  const last = new Map<string, number>();
  for (const range of taken.flatMap(({ ranges }) => ranges)) last.set(appIdOf(environment, range), range.ordinal);
  return [...last]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([appId, ordinal]) => ({ appId, version: BigInt(ordinal), lastUpdated: nowMs }));
}

/** @throws {OldWriterError} where an application that the table was taken over from has written since. */
export function assertOldWriterIsOut(state: LogState | undefined, { tableName }: Pick<TableRecord, 'tableName'>): void {
  const [first] = state === undefined ? [] : writtenSince(state.txns);
  if (first === undefined) return;
  throw new OldWriterError(
    `table ${tableName}: expected nothing of ${first.application} since the table was taken over, found transaction ${first.appId} at ${first.version}: stop that writer; its rows may be there twice`,
  );
}

/** With the first rows of a partition, the applications that the table was taken over from are shut out of it. */
function sealsFor({ state, taken, nowMs }: CommitInput): Txn[] {
  if (state === undefined) return [];
  const partitions = new Set(taken.flatMap(({ ranges }) => ranges).map((range) => originOf(range).partition));
  return missingSeals(state.txns, partitions).map((appId) => ({
    appId,
    version: takenOverVersion,
    lastUpdated: nowMs,
  }));
}

/** What one commit takes from one source partition without leaving a record out, as its `commitInfo` says. */
export interface CommittedRange {
  sourcePartition: string;
  ledgerId: string;
  /** First and last. */
  ordinals: [number, number];
  revisions: [number, number];
  from: string;
  to: string;
  rows: number;
  deadLetters: number;
  dropped: number;
  /** Of one redrive: the journal entry that tells which dead letters became these rows. */
  redriven?: string;
}

export interface Provenance {
  ranges: CommittedRange[];
  oldestArrivalMs: number;
  newestArrivalMs: number;
  /** Of the version that sealed a handover, which takes nothing itself. */
  handover?: HandoverInLog;
}

/** What the audit and a restored ledger read: which positions of which source partition came into the table here. */
function provenanceOf(taken: readonly Manifest[]): Provenance {
  const byLine = Map.groupBy(
    taken.flatMap(({ ranges }) => ranges),
    ({ ledgerId, sourcePartition }) => `${ledgerId}/${sourcePartition}`,
  );
  return {
    ranges: [...byLine.values()].flatMap(runsOf).map(committedRange),
    oldestArrivalMs: Math.min(...taken.map(({ oldestArrivalMs }) => oldestArrivalMs)),
    newestArrivalMs: Math.max(...taken.map(({ newestArrivalMs }) => newestArrivalMs)),
  };
}

/**
 * A transaction of one record that became a dead letter, as poison does. It stays apart: what the record would have been
 * otherwise is not known from its payload.
 */
export const isLoneDeadLetter = ({
  from,
  to,
  rows,
  deadLetters,
}: Pick<ManifestRange, 'from' | 'to' | 'rows' | 'deadLetters'>): boolean =>
  from === to && rows === 1 && deadLetters === 1;

/** Ranges of one line, parted where the table took nothing of a transaction in between. */
function runsOf(ranges: readonly ManifestRange[]): ManifestRange[][] {
  const runs: ManifestRange[][] = [];
  for (const range of ranges) {
    const previous = runs.at(-1)?.at(-1);
    if (previous !== undefined && follows(range, previous)) runs.at(-1)?.push(range);
    else runs.push([range]);
  }
  return runs;
}

/** Diverted dead letters come later than others, with positions from before those. */
const follows = (range: ManifestRange, previous: ManifestRange): boolean =>
  range.revision - previous.revision <= 1 &&
  (range.revision === previous.revision || comparePositions(previous.to, range.from) < 0) &&
  !standsAlone(range) &&
  !standsAlone(previous);

/** Redrives are told one by one. */
const standsAlone = (range: ManifestRange): boolean => isLoneDeadLetter(range) || range.redriven !== undefined;

function committedRange(ranges: ManifestRange[]): CommittedRange {
  const first = ranges[0] as ManifestRange;
  const last = ranges.at(-1) as ManifestRange;
  const sum = (count: (range: ManifestRange) => number) => ranges.reduce((total, range) => total + count(range), 0);
  return {
    sourcePartition: first.sourcePartition,
    ledgerId: first.ledgerId,
    ordinals: [first.ordinal, last.ordinal],
    revisions: [first.revision, last.revision],
    from: first.from,
    to: last.to,
    rows: sum(({ rows }) => rows),
    deadLetters: sum(({ deadLetters }) => deadLetters ?? 0),
    dropped: sum(({ dropped }) => dropped ?? 0),
    ...(first.redriven === undefined ? {} : { redriven: first.redriven }),
  };
}
