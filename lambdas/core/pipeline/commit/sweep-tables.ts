import type { WakeUp } from '#contract/commit-machine.ts';
import { manifestPk } from '#contract/ledger-items.ts';
import { metrics } from '#contract/metrics.ts';
import type { Settings } from '#contract/settings.ts';
import type { Clock } from '../clock.ts';
import type { Ledger, TableRecord } from '../ledger/ledger.ts';
import type { Measurements } from '../measurements.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { dueAtMs, isRipe, stagedIn } from './ripeness.ts';

export interface SweepPorts {
  ledger: Ledger;
  settings: Pick<Settings, 'tables'>;
  /** Starts the commit machine. */
  wake: (wakeUps: WakeUp[]) => Promise<void>;
  clock: Clock;
  measurements: Measurements;
}

/**
 * Starts a commit for every table of which something is due: what a committer left for later, and what no committer has seen
 * because its wake-up was lost or its holder died. A table that cannot be looked at or started does not keep the others waiting.
 *
 * @returns Names of the tables that were woken.
 * @throws {AggregateError} of those.
 */
export async function sweepTables(ports: SweepPorts): Promise<string[]> {
  const { ledger, wake, clock, measurements } = ports;
  const woken: string[] = [];
  const failures: unknown[] = [];
  for await (const table of ledger.tables()) {
    const { tableId, tableName } = table;
    try {
      if (!(await isDue(table, ports))) continue;
      await wake([{ pk: manifestPk(tableId, 0), at: Math.floor(clock() / 1000) }]);
      woken.push(tableName);
    } catch (cause) {
      failures.push(new Error(`table ${tableName}: expected its commit to start`, { cause }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} commits were not started`);
  measurements.count(metrics.sweeps, 1, {});
  return woken;
}

/** The committer's own word where it left something; the manifests where it left nothing, or nothing that will be due. */
async function isDue({ tableId, tableName }: TableRecord, { ledger, settings, clock }: SweepPorts): Promise<boolean> {
  const backlog = await ledger.backlogOf(tableId);
  if (backlog?.dueAtMs !== undefined) return isRipe(backlog.dueAtMs, clock());
  const staged = stagedIn(await ledger.manifestsOf(tableId));
  const dueMs = dueAtMs(staged, tableSettingsOf(settings, tableName));
  /** What is said to wait is gone, and may hold sources back until a committer says so. */
  if (dueMs === undefined) return (backlog?.stagedManifests ?? 0) > 0;
  return isRipe(dueMs, clock());
}
