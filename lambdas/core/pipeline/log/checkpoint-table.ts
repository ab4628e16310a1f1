import { metrics } from '#contract/metrics.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import type { CheckpointCodec } from '#delta/checkpoint-codec.ts';
import type { LastCheckpoint } from '#delta/last-checkpoint.ts';
import { findLogSegment } from '#delta/log-segment.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { Clock, Ids } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Measurements } from '../measurements.ts';

export interface CheckpointPorts {
  ledger: Pick<Ledger, 'tableById'>;
  storeOf: (tableName: string) => ObjectStore;
  codec: CheckpointCodec;
  clock: Clock;
  /** UUIDs, for the names of V2 checkpoints. */
  ids: Ids;
  measurements: Measurements;
}

/**
 * Writes the checkpoint of a table's latest version, verified, and points readers at it. Nothing to do where there is no table.
 *
 * @throws where what was read back is not what was written: readers go on with the checkpoint before.
 */
export async function checkpointTable(tableId: string, ports: CheckpointPorts): Promise<LastCheckpoint | undefined> {
  const { ledger, storeOf, codec, clock, ids, measurements } = ports;
  const table = await ledger.tableById(tableId);
  if (table === undefined) return undefined;
  const store = storeOf(table.tableName);
  const about = { table: table.tableName };
  try {
    const segment = await findLogSegment(store);
    if (segment === undefined) return undefined;
    const written = await writeCheckpoint(store, codec, segment.version, clock(), ids);
    measurements.count(metrics.checkpoints, 1, about);
    return written;
  } catch (error) {
    measurements.count(metrics.checkpointFailures, 1, about);
    throw error;
  }
}
