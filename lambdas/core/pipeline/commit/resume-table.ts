import type { Settings } from '#contract/settings.ts';
import { planAppend, planCreate } from '#delta/append.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { nextCommitTime } from '#delta/commit-time.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import { parseSchema } from '#delta/schema.ts';
import type { Clock, Ids } from '../clock.ts';
import { restageSome } from '../divert/restage.ts';
import type { Ledger, TableRecord } from '../ledger/ledger.ts';
import type { Manifest } from '../ledger/manifest.ts';
import { appIdOf, linesInLog, manifestId, placeManifests } from '../ledger/manifest-line.ts';
import type { TableLog } from '../log/table-log.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { agreeWithLog } from './agree-with-log.ts';
import { CommitContentionError } from './commit-errors.ts';
import { engineInfo } from './commit-table.ts';
import { stagedIn } from './ripeness.ts';

export interface ResumePorts {
  ledger: Ledger;
  settings: Pick<Settings, 'environment' | 'tables'>;
  logOf: (tableName: string) => TableLog;
  codec: CheckpointReader;
  clock: Clock;
  ids: Ids;
}

export interface Resumed {
  /** Manifests staged anew for the table as it is now, or let go on past what is missing before them. */
  manifests: number;
  rows: number;
}

/** Ingests and committers may get ahead this often before something is wrong. */
const maxRounds = 200;

/**
 * Lets stranded manifests of a table be committed, by an operator's decision. Those of an incarnation that is gone are staged
 * anew for the one that is there, or for one that is made; where the log has lost a txn, or what it counted, it is told to go on
 * at the first manifest that waits. Rows that only a deleted table held stay deleted. Files that are partitioned otherwise than
 * the table is now are for the divert function, as if it had been partitioned anew.
 *
 * @throws {Error} where the ledger knows no such table.
 */
export async function resumeTable(tableName: string, ports: ResumePorts): Promise<Resumed> {
  const { ledger, settings, logOf, codec } = ports;
  const found = await ledger.tableNamed(tableName);
  if (found === undefined) throw new Error(`expected table ${tableName} in the ledger, found none`);
  const log = logOf(tableName);
  const ledgerId = await ledger.id();
  let resumed: Resumed | undefined;
  /** Behind a gap at the last look: a look may miss what is being staged, and only the next one tells that nothing is there. */
  let suspects: ReadonlySet<string> = new Set();

  for (let round = 0; round < maxRounds; round++) {
    const manifests = await ledger.manifestsOf(found.tableId);
    const state = await loadLogState(log.objects, codec);
    const record = (await ledger.tableById(found.tableId)) ?? found;
    const lines = linesInLog(settings.environment, state, record.incarnation);
    const behind = placeManifests(manifests, lines, { maxFiles: Number.POSITIVE_INFINITY }).stranded;
    if (behind.length === 0) return resumed ?? { manifests: 0, rows: 0 };
    const stranded = behind.filter((manifest) => suspects.has(manifestId(manifest)));
    suspects = new Set(behind.map(manifestId));
    if (stranded.length === 0) continue;
    resumed ??= { manifests: stranded.length, rows: stagedIn(stranded).rows };

    if (state === undefined) {
      await makeTable(record, log, ports);
      continue;
    }
    const current = await agreeWithLog(record, state, ledger);
    const ofOthers = stranded.filter(({ incarnation }) => incarnation !== current.incarnation);
    if (ofOthers.length === 0) await passGaps(state, stranded, log, ports);
    else await restageSome(ofOthers, { ledger, ledgerId, incarnation: current.incarnation });
  }
  throw new CommitContentionError(`table ${tableName}: expected to resume within ${maxRounds} rounds`);
}

/**
 * Version 0 of an incarnation of its own: from then on no committer that knows the one before can make the table again, whose
 * ordinals would then mean two things.
 */
async function makeTable(record: TableRecord, { logStore }: TableLog, ports: ResumePorts): Promise<void> {
  const { settings, clock, ids } = ports;
  const txnId = ids();
  const actions = planCreate({
    id: ids(),
    name: record.tableName,
    schema: parseSchema(record.schemaString),
    partitionColumns: record.partitionColumns,
    configuration: tableSettingsOf(settings, record.tableName).properties,
    files: [],
    txns: [],
    txnId,
    nowMs: clock(),
    engineInfo,
  });
  await logStore.commit(0, actions, txnId);
}

/**
 * Tells the log, in a version of its own, to go on at the first manifest of each line that has a gap. Whether that came to be is
 * what the next look at the log says.
 */
async function passGaps(
  state: LogState,
  stranded: readonly Manifest[],
  { objects, logStore }: TableLog,
  { settings, clock, ids }: ResumePorts,
): Promise<void> {
  const first = new Map<string, number>();
  for (const range of stranded.flatMap(({ ranges }) => ranges)) {
    const appId = appIdOf(settings.environment, range);
    first.set(appId, Math.min(first.get(appId) ?? range.ordinal, range.ordinal));
  }
  const nowMs = clock();
  const txns = [...first]
    .map(([appId, ordinal]) => ({ appId, version: BigInt(ordinal - 1), lastUpdated: nowMs }))
    .filter(({ appId, version }) => version > (state.txns.get(appId)?.version ?? 0n));
  if (txns.length === 0) {
    throw new Error(
      `expected manifests behind a gap, found some whose lines are partly in the log: ${[...first.keys()].join(', ')}`,
    );
  }
  const txnId = ids();
  const commitTime = await nextCommitTime(state, objects, nowMs);
  const actions = planAppend({ state, files: [], txns, txnId, nowMs, ...commitTime, engineInfo });
  await logStore.commit(state.version + 1, actions, txnId);
}
