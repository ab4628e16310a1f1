import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { commitInfoOf } from '#delta/commit-info.ts';
import { nextCommitTime } from '#delta/commit-time.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { LogStore } from '#delta/log-store.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { assertWritable } from '#delta/protocol.ts';
import type { Clock, Ids } from '../clock.ts';
import { CommitContentionError } from '../commit/commit-errors.ts';
import { engineInfo } from '../commit/commit-table.ts';
import type { Ledger, LogStoreInForce, TableRecord } from '../ledger/ledger.ts';

type Family = LogStoreInForce['family'];

export interface SwitchPorts {
  ledger: Ledger;
  /** The table's log by items and conditional puts, whatever is in force: safe beside our writers of either family. */
  itemLogOf: (tableName: string) => { objects: ObjectStore; logStore: LogStore };
  codec: CheckpointReader;
  clock: Clock;
  ids: Ids;
}

export type Switched =
  | { kind: 'already' }
  /** `version` is the first by the new family: an empty commit. Absent: there was no log yet. */
  | { kind: 'switched'; version?: number };

/** Where there is no log yet, whoever was let through before the switch may still write its first version, as before. */
const firstVersion = 0;

/** Committers may win the next version, or the table's record, this often before something is wrong. */
const maxAttempts = 200;

/**
 * Switches how the writers of a table's log agree on versions. While it lasts nobody of ours commits; writers of others must have
 * been stopped by the operator. An empty commit with a complete item is the fence: whoever was let through before the switch
 * began has planned a version that is no higher, and loses it. Interrupted, it is run again.
 *
 * @throws {Error} where the ledger knows no such table.
 */
export async function switchLogStore(tableName: string, to: Family, ports: SwitchPorts): Promise<Switched> {
  const found = await ports.ledger.tableNamed(tableName);
  if (found === undefined) throw new Error(`expected table ${tableName} in the ledger, found none`);
  if (found.logStore?.family === to && found.logStore.switchingTo === undefined) return { kind: 'already' };
  const from = found.logStore ?? { family: to, sinceVersion: -1 };
  await update(found, { ...from, switchingTo: to }, ports.ledger);
  const version = await fence(tableName, to, ports);
  await update(found, { family: to, sinceVersion: version ?? firstVersion }, ports.ledger, to);
  return { kind: 'switched', ...(version === undefined ? {} : { version }) };
}

/** @param switchingTo what the record must still say: another operator may be at it too. */
async function update(
  found: TableRecord,
  logStore: LogStoreInForce,
  ledger: Ledger,
  switchingTo?: Family,
): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const record = await ledger.tableById(found.tableId);
    if (record === undefined) throw new Error(`expected table ${found.tableName} in the ledger, found none`);
    if (switchingTo !== undefined && record.logStore?.switchingTo !== switchingTo) {
      throw new Error(
        `table ${found.tableName}: expected it to be switched to ${switchingTo} alone, found ${JSON.stringify(record.logStore)}`,
      );
    }
    const wanted = { ...record, logStore, schemaVersion: record.schemaVersion + 1 };
    const present = await ledger.updateTable(wanted, record.schemaVersion);
    if (JSON.stringify(present) === JSON.stringify(wanted)) return;
  }
  throw new CommitContentionError(
    `table ${found.tableName}: expected its record to take the switch within ${maxAttempts} attempts`,
  );
}

async function fence(tableName: string, to: Family, ports: SwitchPorts): Promise<number | undefined> {
  const { itemLogOf, codec, clock, ids } = ports;
  const { objects, logStore } = itemLogOf(tableName);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    await logStore.finish();
    const state = await loadLogState(objects, codec);
    if (state === undefined) return undefined;
    assertWritable(state.protocol, state.metaData);
    const txnId = ids();
    const nowMs = clock();
    const attempt = { txnId, nowMs, ...(await nextCommitTime(state, objects, nowMs)), engineInfo };
    const operation = { operation: 'SWITCH LOG STORE', operationParameters: { logStore: to }, isBlindAppend: true };
    const outcome = await logStore.commit(state.version + 1, [commitInfoOf(attempt, operation, state)], txnId);
    if (outcome.kind !== 'committed') continue;
    await logStore.finish();
    return state.version + 1;
  }
  throw new CommitContentionError(`table ${tableName}: expected the switch to commit within ${maxAttempts} attempts`);
}
