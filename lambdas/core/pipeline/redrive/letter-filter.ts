import type { Predicate } from '#delta/predicate.ts';
import { comparePositions, type Position } from '../ledger/position.ts';
import type { Letter } from './letter.ts';

/** Which dead letters are meant: what is absent leaves all of them in. Times are of the records' own timestamps. */
export interface LetterFilter {
  source?: string | undefined;
  /** That they were meant for. */
  table?: string | undefined;
  error?: string | undefined;
  partition?: string | undefined;
  /** First and last position, both included. */
  from?: Position | undefined;
  to?: Position | undefined;
  /** Epoch milliseconds, both included. */
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
}

/** What of a filter files may be passed over by. */
export function letterPredicate({ source, table, error, partition }: LetterFilter): Predicate {
  const wanted = { _source: source, table, error, _partition: partition };
  return Object.entries(wanted).flatMap(([column, text]) =>
    text === undefined ? [] : [{ column, operator: '=' as const, values: [text] }],
  );
}

/** Whether a letter is meant, of those that match the filter's predicate. */
export function isMeant({ position, timestampMs }: Letter, { from, to, sinceMs, untilMs }: LetterFilter): boolean {
  const isAt = (holds: (position: Position) => boolean) => position !== undefined && holds(position);
  const isThen = (holds: (timestampMs: number) => boolean) => timestampMs !== undefined && holds(timestampMs);
  return (
    (from === undefined || isAt((own) => comparePositions(from, own) <= 0)) &&
    (to === undefined || isAt((own) => comparePositions(own, to) <= 0)) &&
    (sinceMs === undefined || isThen((own) => sinceMs <= own)) &&
    (untilMs === undefined || isThen((own) => own <= untilMs))
  );
}
