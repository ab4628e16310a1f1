import type { Ledger } from '../ledger/ledger.ts';
import { type ExpiryMessage, expiredObjects } from './expired-objects.ts';
import { type RepairPorts, type RepairResult, repairTable } from './repair-table.ts';

export interface RepairExpiredPorts extends RepairPorts {
  ledger: Pick<Ledger, 'manifestsOf' | 'repairTallyOf' | 'publishRepairTally' | 'tableNamed'>;
}

export interface ExpiredRepair {
  repaired: { tableName: string; result: RepairResult }[];
  /** Messages that must come again, by why. */
  failed: Map<string, unknown>;
  /** Tables that the ledger does not know: nobody here keeps their logs. */
  unknownTables: string[];
}

/**
 * Takes what S3 says it has deleted out of the logs, one table after the other. A table that refuses has been told of, and its
 * messages are done with: sent again they would find it as it is.
 */
export async function repairExpired(
  messages: readonly ExpiryMessage[],
  ports: RepairExpiredPorts,
): Promise<ExpiredRepair> {
  const { byTable, unread } = expiredObjects(messages);
  const repair: ExpiredRepair = { repaired: [], failed: new Map(unread), unknownTables: [] };
  for (const [tableName, { paths, messageIds }] of byTable) {
    try {
      const table = await ports.ledger.tableNamed(tableName);
      if (table === undefined) {
        repair.unknownTables.push(tableName);
        continue;
      }
      const { tableId } = table;
      const result = await repairTable({ tableId, tableName, dryRun: false, expired: paths }, ports);
      repair.repaired.push({ tableName, result });
    } catch (error) {
      for (const messageId of messageIds) repair.failed.set(messageId, error);
    }
  }
  return repair;
}
