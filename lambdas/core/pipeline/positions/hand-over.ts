import { tablePrefix } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { parseActions } from '#delta/action-json.ts';
import type { Txn } from '#delta/actions.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { commitInfoOf } from '#delta/commit-info.ts';
import { writerOf } from '#delta/commit-point.ts';
import { NotATable } from '#delta/errors.ts';
import { commitPath } from '#delta/log-path.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import { type Operation, transact } from '#delta/transact.ts';
import type { Clock, Ids } from '../clock.ts';
import { CommitContentionError } from '../commit/commit-errors.ts';
import { engineInfo } from '../commit/commit-table.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { comparePositions, type Position, positionAfter } from '../ledger/position.ts';
import type { TableLog } from '../log/table-log.ts';
import { adoptedRecord } from './adopted-record.ts';
import { claimPositions, handoverInLog, type PositionClaim, planClaims } from './claim-positions.ts';
import { assertCanGoOn } from './handed-over.ts';
import { HandoverRefused } from './position-errors.ts';
import { mappingThatIsOn, type SourceMappings } from './source-mappings.ts';
import type { SourcePositions, SourceSpan } from './source-positions.ts';

/** The old writer, or somebody else, may commit in between this often before something is wrong. */
const maxRounds = 10;

export interface HandoverPorts {
  ledger: Ledger;
  settings: Pick<Settings, 'environment' | 'sources' | 'tables'>;
  logOf: (tableName: string) => TableLog;
  codec: CheckpointReader;
  mappings: SourceMappings;
  /** Of the source, where its mapping's own beginning can be set. Absent: it is left as it is. */
  positions?: SourcePositions;
  clock: Clock;
  ids: Ids;
  wait: (ms: number) => Promise<void>;
}

export interface HandoverRequest {
  tableName: string;
  source: string;
  /** The last commit must be as old: a writer that is at work commits more often. */
  quietMs: number;
  /** How long the log is watched: a commit meanwhile is one of a writer at work. */
  watchMs: number;
  dryRun: boolean;
}

/** What a handover is by, as the log says so far. */
export interface Handover {
  operation: 'TAKE OVER' | 'ADOPT';
  /** By partition, the position of the first record that the pipeline takes. `done`: the log says that all of it was handed over. */
  begins: Readonly<Record<string, Position>> | 'done';
  /** Transactions of the version that seals it. */
  txns: readonly Pick<Txn, 'appId' | 'version'>[];
  /** Whether a commit of anybody, planned from another version, leaves it as good as it was. */
  allowsCommits: boolean;
  /** Why it cannot be as the request is. */
  blockers?: string[];
}

export interface HandedOver {
  kind: 'handedOver' | 'planned' | 'already';
  /** The version that sealed it; else the log's last. */
  version: number;
  lastCommit: { version: number; writer: string; atMs: number };
  claims: PositionClaim[];
  /** Of a plan: what must be otherwise before. */
  blockers: string[];
}

/**
 * Makes a table that others wrote the pipeline's, from a position of each source partition on: ledger and cursors first, then a
 * version of the log that seals it, by which the writer that was finds itself outdated where it looks. Interrupted, it is run again.
 * A commit of the old writer before the seal is counted in; the ledger's cursors are told afresh then.
 *
 * @throws {NotATable | UnsupportedProtocol | UnsupportedFeature | HandoverRefused} before anything is written.
 */
export async function handOver(
  request: HandoverRequest,
  handoverOf: (state: LogState, ledgerId: string, spans: readonly SourceSpan[]) => Handover,
  ports: HandoverPorts,
): Promise<HandedOver> {
  const { tableName, source, dryRun } = request;
  const { ledger, logOf, codec, settings, clock, ids } = ports;
  const log = logOf(tableName);
  const ledgerId = await ledger.id();
  await log.logStore.finish();
  let from = await stateOf(tableName, log, codec);
  for (let round = 0; round < maxRounds; round++) {
    const spans = (await ports.positions?.spans()) ?? [];
    const handover = handoverOf(from, ledgerId, spans);
    const lastCommit = await lastCommitOf(from, log);
    const { version } = from;
    if (handover.begins === 'done') return { kind: 'already', version, lastCommit, claims: [], blockers: [] };
    assertCanGoOn(tableName, from, settings);
    const known = await ledger.tableNamed(tableName);
    const wanted = { tableName, source, begins: handover.begins, incarnation: from.metaData.id };
    const claims = await planClaims(wanted, known, ports);
    const blockers = round > 0 ? [] : await blockersOf(request, from, lastCommit, ports);
    blockers.push(...(handover.blockers ?? []), ...goneOf(claims, spans, source));
    if (dryRun) return { kind: 'planned', version, lastCommit, claims, blockers };
    if (blockers.length > 0) throw new HandoverRefused(blockers.join('\n'));
    const record = await adoptedRecord(tableName, known, from, ports);
    await claimPositions(claims, record.tableId, ledger);
    await ports.positions?.place({ ...(await beginningsOf(spans, source, ports)), ...placesOf(claims, source) });
    const outcome = await transact(log, from, sealOf(handover, source, claims, version), {
      nowMs: clock,
      txnId: ids,
      engineInfo,
    });
    switch (outcome.kind) {
      case 'committed':
        return { kind: 'handedOver', version: outcome.version, lastCommit, claims, blockers };
      case 'nothing':
        throw new HandoverRefused(
          `table ${tableName}: expected nobody to commit meanwhile, found a commit after version ${version}; stop its writer and run this again`,
        );
      case 'conflict':
      case 'unknown':
        from = await stateOf(tableName, log, codec);
        continue;
      default:
        outcome satisfies never;
    }
  }
  throw new CommitContentionError(`table ${tableName}: expected to be handed over within ${maxRounds} rounds`);
}

function sealOf(
  { operation, txns, allowsCommits }: Handover,
  source: string,
  claims: readonly PositionClaim[],
  planned: number,
): Operation {
  const handover = handoverInLog(claims);
  return {
    reads: { kind: 'nothing' },
    plan: (state, attempt) => {
      if (!allowsCommits && state.version !== planned) return undefined;
      const { nowMs } = attempt;
      return [
        commitInfoOf(
          { ...attempt, commitInfo: { alluvium: { ranges: [], handover } } },
          { operation, operationParameters: { source }, isBlindAppend: true },
          state,
        ),
        ...txns.map((txn) => ({ txn: { ...txn, lastUpdated: nowMs } })),
      ];
    },
  };
}

async function stateOf(tableName: string, log: TableLog, codec: CheckpointReader): Promise<LogState> {
  const state = await loadLogState(log.objects, codec);
  if (state === undefined) {
    throw new NotATable(
      `${tableName}: expected a Delta table at ${tablePrefix(tableName)} of the lake, found no log; one that lies elsewhere is copied there first, log and data`,
    );
  }
  return state;
}

/**
 * Where a source that nothing was read of begins, if it is read whole: a consumer group that another reader has left further on would
 * leave out records that its tables lack.
 */
async function beginningsOf(
  spans: readonly SourceSpan[],
  source: string,
  { ledger, settings }: HandoverPorts,
): Promise<Record<string, Position>> {
  if (settings.sources[source]?.startingPosition !== 'TRIM_HORIZON') return {};
  const beginnings: Record<string, Position> = {};
  for (const { partition, earliest } of spans) {
    const cursor = await ledger.readCursor(`${source}/${partition}`);
    const isUnread = cursor?.position === undefined && cursor?.start === undefined;
    if (isUnread && earliest !== undefined) beginnings[partition] = earliest;
  }
  return beginnings;
}

/** Where the mapping begins: what comes before is left out anyway, and a group that is further would leave out more. */
const placesOf = (claims: readonly PositionClaim[], source: string): Record<string, Position> =>
  Object.fromEntries(
    claims.flatMap(({ sourcePartition, start }) =>
      start === undefined ? [] : [[sourcePartition.slice(source.length + 1), start]],
    ),
  );

/** What the table lacks and the source does not have either. */
const goneOf = (claims: readonly PositionClaim[], spans: readonly SourceSpan[], source: string): string[] =>
  spans.flatMap(({ partition, earliest, end }) => {
    const floor = claims.find(({ sourcePartition }) => sourcePartition === `${source}/${partition}`)?.floor;
    const next = floor === undefined ? undefined : positionAfter(floor);
    if (next === undefined || earliest === undefined || end === undefined) return [];
    if (comparePositions(earliest, next) <= 0 && comparePositions(next, end) <= 0) return [];
    return [
      `source partition ${source}/${partition}: expected it to have what comes after ${floor}, which is the last that the table has; it has ${earliest} up to ${end}, that one not included`,
    ];
  });

/** Why it cannot be now: somebody reads the source, or writes the table. */
async function blockersOf(
  { tableName, source, quietMs, watchMs, dryRun }: HandoverRequest,
  { version }: LogState,
  { writer, atMs }: HandedOver['lastCommit'],
  { mappings, settings, logOf, codec, clock, wait }: HandoverPorts,
): Promise<string[]> {
  const blockers: string[] = [];
  const on = await mappingThatIsOn(source, mappings);
  if (on !== undefined) {
    blockers.push(
      `source ${source}: expected its event source mapping to be off while positions are set, found ${on.id} ${on.state}; turn it off first: alluvium mapping --env ${settings.environment} ${source} off`,
    );
  }
  const ageMs = clock() - atMs;
  if (ageMs < quietMs && writer !== engineInfo) {
    blockers.push(
      `table ${tableName}: expected its last commit to be ${quietMs / 1000} s old, so that its writer has been stopped; version ${version} by ${writer} is ${Math.round(ageMs / 1000)} s old`,
    );
  }
  if (dryRun || blockers.length > 0) return blockers;
  await wait(watchMs);
  const after = await stateOf(tableName, logOf(tableName), codec);
  if (after.version === version) return [];
  return [
    `table ${tableName}: expected nobody to commit for ${watchMs / 1000} s, found version ${after.version} after ${version}; stop its writer first`,
  ];
}

/** When it was made as it says itself: copying a table makes its objects new. */
async function lastCommitOf(
  { version, commitTimestampMs }: LogState,
  { objects }: TableLog,
): Promise<HandedOver['lastCommit']> {
  const path = commitPath(version);
  const object = await objects.read(path);
  const actions = object === undefined ? [] : parseActions(object.bytes, path);
  const said = actions.find((action) => 'commitInfo' in action)?.commitInfo.timestamp;
  return { version, writer: await writerOf(objects, version), atMs: said ?? commitTimestampMs };
}
