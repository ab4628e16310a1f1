import type { LogState } from '#delta/log-state.ts';
import { comparePositions, type Position, positionAfter } from '../ledger/position.ts';
import { type HandedOver, type Handover, type HandoverPorts, type HandoverRequest, handOver } from './hand-over.ts';
import { HandoverRefused } from './position-errors.ts';

export interface TakeOverRequest extends HandoverRequest {
  /** Of kafka-delta-ingest: its transactions are `<app id>-<partition>`, their versions the last offsets in the table. */
  appIds: readonly string[];
}

/**
 * What a transaction of kafka-delta-ingest says once its partition was taken over. Before each commit it compares what it has
 * written with what the log says, and commits nothing where those differ; no offset is as great, and every reader of JSON holds it.
 */
export const takenOverVersion = 9_007_199_254_740_991n;

/**
 * Makes a table that kafka-delta-ingest wrote the pipeline's: it goes on after the last offset of each partition.
 *
 * @throws as `handOver`; {HandoverRefused} also where the table has no such transactions, or the source is not a topic that feeds it.
 */
export async function takeOverTable(request: TakeOverRequest, ports: HandoverPorts): Promise<HandedOver> {
  const { tableName, source } = request;
  const settings = ports.settings.sources[source];
  if (settings?.origin.kind !== 'kafka') {
    throw new HandoverRefused(
      `source ${source}: expected a Kafka topic, which kafka-delta-ingest has read; got a stream`,
    );
  }
  if (settings.startingPosition === 'LATEST') {
    throw new HandoverRefused(
      `source ${source}: expected startingPosition to reach back to the table's last offsets, such as TRIM_HORIZON; got LATEST`,
    );
  }
  return handOver(request, (state) => takeOverOf(state, tableName, request.appIds), ports);
}

function takeOverOf({ txns }: LogState, tableName: string, appIds: readonly string[]): Handover {
  const found = appIds.flatMap((appId) => partitionsOf(appId, txns));
  for (const appId of appIds) {
    if (found.some((txn) => txn.application === appId)) continue;
    throw new HandoverRefused(
      `table ${tableName}: expected transactions of application ${appId}, ${appId}-<partition>; its log has ${[...txns.keys()].sort().join(', ') || 'none at all'}`,
    );
  }
  const open = found.filter(({ version }) => version !== takenOverVersion);
  const begins: Record<string, Position> = {};
  for (const { partition, version } of open) {
    const begin = positionAfter(String(version));
    const known = begins[partition];
    if (known === undefined || comparePositions(begin, known) > 0) begins[partition] = begin;
  }
  return {
    operation: 'TAKE OVER',
    begins: open.length === 0 ? 'done' : begins,
    txns: open.map(({ appId }) => ({ appId, version: takenOverVersion })),
    allowsCommits: true,
  };
}

function partitionsOf(application: string, txns: LogState['txns']) {
  return [...txns.values()].flatMap(({ appId, version }) => {
    const partition = appId.startsWith(`${application}-`) ? appId.slice(application.length + 1) : '';
    return /^(0|[1-9]\d*)$/.test(partition) ? [{ application, appId, partition, version }] : [];
  });
}
