import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { manifestPrefix } from '#contract/ledger-items.ts';
import { dimensions, type MetricName, metrics } from '#contract/metrics.ts';
import type { LocalAws } from '../local-aws.ts';

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

/**
 * Looks at the sources first and at the ledger afterwards: a record is staged before it is acknowledged, so that it cannot
 * be missed between the two.
 */
export async function readPipelineState(aws: LocalAws, dynamodb: DynamoDBClient): Promise<PipelineState> {
  const mappings = await aws.mappings();
  const manifests = await countManifests(aws, dynamodb);
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

async function countManifests(aws: LocalAws, client: DynamoDBClient): Promise<number> {
  const { ledgerTable } = aws.endpoints;
  if (ledgerTable === undefined) throw new Error('expected the templates to name a ledger table, they name none');
  let count = 0;
  const pages = paginateScan(
    { client },
    {
      TableName: ledgerTable,
      ConsistentRead: true,
      Select: 'COUNT',
      FilterExpression: 'begins_with(pk, :prefix)',
      ExpressionAttributeValues: { ':prefix': { S: manifestPrefix } },
    },
  );
  for await (const { Count = 0 } of pages) count += Count;
  return count;
}
