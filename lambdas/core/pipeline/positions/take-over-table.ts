import type { LogState } from '#delta/log-state.ts';
import { comparePositions, type Position, positionAfter } from '../ledger/position.ts';
import { type HandedOver, type Handover, type HandoverPorts, type HandoverRequest, handOver } from './hand-over.ts';
import { HandoverRefused } from './position-errors.ts';
import { offsetTxnOf, offsetTxnsIn, takenOverVersion } from './sealed-offsets.ts';
import type { SourceSpan } from './source-positions.ts';

export interface TakeOverRequest extends HandoverRequest {
  /** Of kafka-delta-ingest: its transactions are `<app id>-<partition>`, their versions the last offsets in the table. */
  appIds: readonly string[];
  /** By partition of which the table tells nothing, the first offset that it lacks. */
  begins?: Readonly<Record<string, Position>>;
  /** The same for those that are not named; absent: such a partition that has records is refused. */
  rest?: 'earliest' | 'latest';
  /** Only shuts the applications out again: what they have written since is out of the table. */
  sealOnly?: boolean;
}

/**
 * Makes a table that kafka-delta-ingest wrote the pipeline's: it goes on after the last offset of each partition.
 *
 * @throws as `handOver`; {HandoverRefused} also where the table has no such transactions, or the source is not a topic that feeds it.
 */
export async function takeOverTable(request: TakeOverRequest, ports: HandoverPorts): Promise<HandedOver> {
  const { source } = request;
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
  return handOver(request, (state, _, spans) => takeOverOf(state, request, spans), ports);
}

function takeOverOf({ txns }: LogState, request: TakeOverRequest, spans: readonly SourceSpan[]): Handover {
  const { tableName, appIds, sealOnly = false } = request;
  const found = offsetTxnsIn(txns).filter(({ application }) => appIds.includes(application));
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
  const told = new Set(found.map(({ partition }) => partition));
  const untold = beginsOfUntold(told, request, spans);
  const partitions = new Set([...told, ...Object.keys(untold.begins), ...spans.map(({ partition }) => partition)]);
  const sealed = appIds
    .flatMap((appId) => [...partitions].map((partition) => offsetTxnOf(appId, partition)))
    .filter((appId) => txns.get(appId)?.version !== takenOverVersion);
  return {
    operation: 'TAKE OVER',
    begins: open.length === 0 ? 'done' : sealOnly ? {} : { ...untold.begins, ...begins },
    txns: sealed.map((appId) => ({ appId, version: takenOverVersion })),
    allowsCommits: true,
    blockers: open.length === 0 || sealOnly ? [] : untold.blockers,
  };
}

/** Where partitions begin of which the table tells nothing: kafka-delta-ingest has read none of it, or begun at its latest. */
function beginsOfUntold(
  told: ReadonlySet<string>,
  { tableName, source, begins = {}, rest }: TakeOverRequest,
  spans: readonly SourceSpan[],
): { begins: Record<string, Position>; blockers: string[] } {
  for (const partition of Object.keys(begins)) {
    if (!told.has(partition)) continue;
    throw new HandoverRefused(
      `source partition ${source}/${partition}: expected no position for it, since table ${tableName} tells its own; got ${begins[partition]}`,
    );
  }
  const blockers: string[] = [];
  const found: Record<string, Position> = { ...begins };
  for (const { partition, earliest = '0', end = '0' } of spans) {
    if (told.has(partition) || partition in begins) continue;
    if (end === '0' || rest !== undefined) found[partition] = rest === 'latest' ? end : earliest;
    else {
      blockers.push(
        `source partition ${source}/${partition}: expected a transaction of it in table ${tableName}, or to be told which of its records ${earliest} up to ${end} is the first that the table lacks, found neither; say --from-position ${partition}=<offset>, or --rest earliest | latest for all such partitions`,
      );
    }
  }
  return { begins: found, blockers };
}
