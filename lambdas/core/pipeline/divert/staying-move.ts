import type { Cursor, CursorMove } from '../ledger/ledger.ts';

/** A cursor's move that accepts nothing: only what it knows of tables changes. The cursor may not exist yet. */
export function stayingMove(
  sourcePartition: string,
  cursor: Cursor | undefined,
  changes: Partial<Pick<Cursor, 'ordinals' | 'taken' | 'start' | 'floors' | 'redriven'>> = {},
): CursorMove {
  const {
    position,
    start,
    taken,
    redriven,
    ordinals = {},
    floors = {},
    greatestTimestampMs = 0,
    batchEnds = [],
    revision = 0,
  } = cursor ?? {};
  return {
    sourcePartition,
    expectedRevision: revision,
    next: {
      ...(position === undefined ? {} : { position }),
      ...(start === undefined ? {} : { start }),
      ordinals: { ...ordinals },
      floors,
      ...(taken === undefined ? {} : { taken }),
      ...(redriven === undefined ? {} : { redriven }),
      greatestTimestampMs,
      batchEnds,
      ...changes,
    },
  };
}
