import type { LogState } from '#delta/log-state.ts';
import type { Position } from '../ledger/position.ts';
import { type HandedOver, type Handover, type HandoverPorts, type HandoverRequest, handOver } from './hand-over.ts';
import type { SourceSpan } from './source-positions.ts';

export interface AdoptRequest extends HandoverRequest {
  /**
   * By partition of the source, the position of the first record that is not in the table; none at all where the source is read
   * whole.
   */
  begins: Readonly<Record<string, Position>>;
}

/**
 * Makes a table that anybody wrote the pipeline's, from positions on that the operator gives: its log does not tell how far it is.
 *
 * @throws as `handOver`.
 */
export const adoptTable = (request: AdoptRequest, ports: HandoverPorts): Promise<HandedOver> =>
  handOver(request, (state, ledgerId, spans) => adoptionOf(state, { ledgerId, spans }, request, ports), ports);

/** A transaction of the source as a whole says that the table was adopted for it; source partitions have their own. */
function adoptionOf(
  { txns }: LogState,
  { ledgerId, spans }: { ledgerId: string; spans: readonly SourceSpan[] },
  { source, begins }: AdoptRequest,
  { settings }: HandoverPorts,
): Handover {
  const appId = `${settings.environment}/${ledgerId}/${source}`;
  return {
    operation: 'ADOPT',
    begins: txns.has(appId) ? 'done' : begins,
    txns: [{ appId, version: 1n }],
    allowsCommits: false,
    blockers: misnamed(begins, spans, source),
  };
}

/**
 * Partitions that there are not, and such as have records of which nobody says whether the table has them: read whole, they
 * would be there twice.
 */
function misnamed(begins: AdoptRequest['begins'], spans: readonly SourceSpan[], source: string): string[] {
  const named = Object.keys(begins);
  if (named.length === 0 || spans.length === 0) return [];
  const known = spans.map(({ partition }) => partition);
  const unknown = named.filter((partition) => !known.includes(partition));
  const unnamed = spans.filter(
    ({ partition, earliest, end }) => !named.includes(partition) && end !== undefined && earliest !== end,
  );
  return [
    ...unknown.map((partition) => `source ${source}: expected a partition among ${known.join(', ')}; got ${partition}`),
    ...unnamed.map(
      ({ partition, earliest, end }) =>
        `source partition ${source}/${partition}: expected to be told where it begins, since it has ${earliest} up to ${end}, that one not included; got nothing: say ${earliest} where the table has none of it`,
    ),
  ];
}
