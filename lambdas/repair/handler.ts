import { repairWiring } from '#adapters/aws/repair-wiring.ts';
import type { MaintenanceRequest } from '#contract/maintenance.ts';
import { type RepairSummary, repairSummary, repairTable } from '#pipeline/repair/repair-table.ts';

const { ports, logger, measurements } = repairWiring(import.meta.url, 'repair');

/** Takes files that are gone from S3 out of one table's log. */
export async function handler(request: MaintenanceRequest): Promise<RepairSummary> {
  try {
    const summary = repairSummary(await repairTable(request, ports));
    logger.info('table looked through', { table: request.tableName, ...summary });
    return summary;
  } catch (error) {
    logger.error('table not repaired', { table: request.tableName, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
