import { metrics } from '#contract/metrics.ts';
import type { Backlog, Ledger, TableRecord } from '../ledger/ledger.ts';
import type { Measurements } from '../measurements.ts';
import { BackpressureError } from './ingest-errors.ts';
import type { IngestTable } from './ingest-settings.ts';

/** A backlog as it was just read. */
export interface SeenBacklog {
  tableId: string;
  backlog: Backlog | undefined;
}

/** @throws {BackpressureError} where as much waits for a table's committer as its settings allow. */
export async function assertNotBehind(
  { tableName, settings }: IngestTable,
  { tableId }: TableRecord,
  { ledger, measurements }: { ledger: Ledger; measurements: Measurements },
  seen?: SeenBacklog,
): Promise<void> {
  const backlog = seen?.tableId === tableId ? seen.backlog : await ledger.backlogOf(tableId);
  if (backlog === undefined) return;
  const { stagedBytes, stagedManifests } = backlog;
  if (stagedBytes <= settings.maxStagedBytes && stagedManifests <= settings.maxStagedManifests) return;
  measurements.count(metrics.batchesRefused, 1, { table: tableName });
  throw new BackpressureError(
    `table ${tableName}: expected at most ${settings.maxStagedBytes} bytes in ${settings.maxStagedManifests} manifests to wait for the committer, got ${stagedBytes} bytes in ${stagedManifests}`,
  );
}
