import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { repairWiring } from '#adapters/aws/repair-wiring.ts';
import { repairExpired } from '#pipeline/repair/repair-expired.ts';
import { repairSummary } from '#pipeline/repair/repair-table.ts';

const { ports, logger, measurements } = repairWiring(import.meta.url, 'repair-expired');

/** Takes files that S3 has told of as expired out of their tables' logs. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  try {
    const { repaired, failed, unknownTables } = await repairExpired(Records, ports);
    for (const { tableName, result } of repaired) {
      logger.info('expired files looked for', { table: tableName, ...repairSummary(result) });
    }
    if (unknownTables.length > 0)
      logger.info('files expired of tables that the ledger does not know', { unknownTables });
    for (const reason of new Set(failed.values())) {
      logger.error('messages not dealt with', reason instanceof Error ? reason : String(reason));
    }
    return { batchItemFailures: [...failed.keys()].map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    measurements.publish();
  }
}
