import type { Position } from '../ledger/position.ts';

/** What a handover told cursors, as the log has it: the ledger may be restored to a moment before. By source partition. */
export interface HandoverInLog {
  /** At or below it records are in the table. */
  floors: Record<string, Position>;
  /** Records before it are nobody's here. */
  starts: Record<string, Position>;
}
