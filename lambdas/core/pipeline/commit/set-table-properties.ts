import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { loadLogState } from '#delta/log-state.ts';
import { type PropertyChanges, setPropertiesOperation } from '#delta/set-properties.ts';
import { transact } from '#delta/transact.ts';
import type { Clock, Ids } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TableLog } from '../log/table-log.ts';
import { agreeTableWithLog } from './agree-with-log.ts';
import { CommitContentionError } from './commit-errors.ts';
import { engineInfo } from './commit-table.ts';

/** Other changes of metaData may come first this often before something is wrong. */
const maxRounds = 10;

export interface SetPropertiesPorts {
  ledger: Ledger;
  logOf: (tableName: string) => TableLog;
  codec: CheckpointReader;
  clock: Clock;
  ids: Ids;
}

export type SetPropertiesResult =
  | { kind: 'noTable' }
  /** They were so already. */
  | { kind: 'same' }
  | { kind: 'set'; version: number };

/**
 * Sets and unsets Delta table properties of a table, in a version of its own; the ledger then knows those that say how files are
 * written.
 *
 * @throws {InvalidProperty} for a property or value that is not to be set here.
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here.
 * @throws {CommitContentionError} when others were ahead at every round.
 */
export async function setTableProperties(
  tableName: string,
  changes: PropertyChanges,
  ports: SetPropertiesPorts,
): Promise<SetPropertiesResult> {
  const { ledger, logOf, codec, clock, ids } = ports;
  const log = logOf(tableName);
  await log.logStore.finish();
  for (let round = 0; round < maxRounds; round++) {
    const state = await loadLogState(log.objects, codec);
    if (state === undefined) return { kind: 'noTable' };
    const outcome = await transact(log, state, setPropertiesOperation(changes), {
      nowMs: clock,
      txnId: ids,
      engineInfo,
    });
    switch (outcome.kind) {
      case 'nothing':
        return { kind: 'same' };
      case 'committed':
        await agreeTableWithLog(tableName, log, codec, ledger);
        return { kind: 'set', version: outcome.version };
      case 'conflict':
      case 'unknown':
        continue;
      default:
        outcome satisfies never;
    }
  }
  throw new CommitContentionError(`table ${tableName}: expected to set its properties within ${maxRounds} rounds`);
}
