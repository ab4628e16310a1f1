import type { LogState } from '#delta/log-state.ts';
import type { Position } from '../ledger/position.ts';
import { type HandedOver, type Handover, type HandoverPorts, type HandoverRequest, handOver } from './hand-over.ts';

export interface AdoptRequest extends HandoverRequest {
  /** By partition of the source, the position of the first record that is not in the table; none for those that are read whole. */
  begins: Readonly<Record<string, Position>>;
}

/**
 * Makes a table that anybody wrote the pipeline's, from positions on that the operator gives: its log does not tell how far it is.
 *
 * @throws as `handOver`.
 */
export const adoptTable = (request: AdoptRequest, ports: HandoverPorts): Promise<HandedOver> =>
  handOver(request, (state, ledgerId) => adoptionOf(state, ledgerId, request, ports), ports);

/** A transaction of the source as a whole says that the table was adopted for it; source partitions have their own. */
function adoptionOf(
  { txns }: LogState,
  ledgerId: string,
  { source, begins }: AdoptRequest,
  { settings }: HandoverPorts,
): Handover {
  const appId = `${settings.environment}/${ledgerId}/${source}`;
  return {
    operation: 'ADOPT',
    begins: txns.has(appId) ? 'done' : begins,
    txns: [{ appId, version: 1n }],
    allowsCommits: false,
  };
}
