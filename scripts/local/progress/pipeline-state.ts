import { type DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { bundlesPk, manifestPrefix, tableNamesPk } from '#contract/ledger-items.ts';
import { dimensions, type MetricName, metrics } from '#contract/metrics.ts';
import type { LocalAws, MappingReport } from '../local-aws.ts';

/** Where the records are, between the sources and the tables. */
export interface PipelineState {
  /** Records that functions were given since start. */
  recordsIn: number;
  rowsStaged: number;
  rowsCommitted: number;
  deadLetters: number;
  /** Event arrival to visible, of the commit last heard of. */
  freshnessMs: number | undefined;
  /** Records that wait in the sources. */
  lag: number;
  /** Manifests that wait in the ledger. */
  manifests: number;
  /** Nothing waits anywhere: what the sources hold is in the tables. */
  drained: boolean;
}

/** Sums a metric over sources or tables. */
export const sumOf = (aws: LocalAws, name: MetricName, by: 'source' | 'table'): number =>
  readingsOf(aws, name, by).reduce((total, { sum }) => total + sum, 0);

const readingsOf = (aws: LocalAws, name: MetricName, by: 'source' | 'table') =>
  aws.metrics().filter((reading) => reading.name === name && dimensions[by] in reading.dimensions);

/** Mappings that read sources: what queues hold is about the lake's objects, and no record. */
export const sourceMappings = async (aws: LocalAws): Promise<MappingReport[]> =>
  (await aws.mappings()).filter(({ kind }) => kind !== 'sqs');

/**
 * Looks at the sources first and at the ledger afterwards: a record is staged before it is acknowledged, so that it cannot
 * be missed between the two.
 */
export async function readPipelineState(aws: LocalAws, dynamodb: DynamoDBClient): Promise<PipelineState> {
  const mappings = await sourceMappings(aws);
  const byTable = await manifestsByTable(aws, dynamodb);
  const manifests = byTable.values().reduce((total, count) => total + count, 0);
  const lag = mappings.reduce((total, mapping) => total + mapping.lag, 0);
  return {
    recordsIn: sumOf(aws, metrics.recordsIn, 'source'),
    rowsStaged: sumOf(aws, metrics.rowsStaged, 'table'),
    rowsCommitted: sumOf(aws, metrics.rowsOut, 'table'),
    deadLetters: sumOf(aws, metrics.deadLetters, 'table'),
    freshnessMs: readingsOf(aws, metrics.freshnessMs, 'table').at(-1)?.last,
    lag,
    manifests,
    drained: lag === 0 && manifests === 0 && !mappings.some(({ busy }) => busy),
  };
}

/** How many manifests wait in the ledger, by the id of their table; bundles of them, whose tables come later, by `bundles`. */
async function manifestsByTable(aws: LocalAws, client: DynamoDBClient): Promise<Map<string, number>> {
  const pages = paginateScan(
    { client },
    {
      TableName: ledgerOf(aws),
      ConsistentRead: true,
      ProjectionExpression: 'pk',
      FilterExpression: 'begins_with(pk, :prefix) OR pk = :bundles',
      ExpressionAttributeValues: { ':prefix': { S: manifestPrefix }, ':bundles': { S: bundlesPk } },
    },
  );
  const counts = new Map<string, number>();
  for await (const { Items = [] } of pages) {
    for (const { pk } of Items) {
      const tableId = pk!.S!.split('#')[1] ?? bundlesPk;
      counts.set(tableId, (counts.get(tableId) ?? 0) + 1);
    }
  }
  return counts;
}

/** How many manifests wait in the ledger, by table. */
export async function waitingManifests(aws: LocalAws, client: DynamoDBClient): Promise<Map<string, number>> {
  const pages = paginateQuery(
    { client },
    {
      TableName: ledgerOf(aws),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: tableNamesPk } },
    },
  );
  const names = new Map<string, string>();
  for await (const { Items = [] } of pages) for (const { sk, tableId } of Items) names.set(tableId!.S!, sk!.S!);
  const counts = await manifestsByTable(aws, client);
  return new Map([...counts].map(([tableId, count]) => [names.get(tableId) ?? tableId, count]));
}

function ledgerOf({ endpoints: { ledgerTable } }: LocalAws): string {
  if (ledgerTable === undefined) throw new Error('expected the templates to name a ledger table, they name none');
  return ledgerTable;
}
