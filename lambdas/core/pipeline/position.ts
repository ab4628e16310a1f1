/**
 * Where a record stands in its source partition: a Kafka offset, or a Kinesis sequence number (up to 56 digits), followed by
 * `.` and a sub-sequence number for a record taken out of a KPL aggregate. Decimal text, without leading zeros.
 */
export type Position = string;

function parts(position: Position): [bigint, bigint] {
  const dot = position.indexOf('.');
  return dot < 0 ? [BigInt(position), 0n] : [BigInt(position.slice(0, dot)), BigInt(position.slice(dot + 1))];
}

/** Negative, zero or positive as `left` comes before, is, or comes after `right`: by sequence, then by sub-sequence. */
export function comparePositions(left: Position, right: Position): number {
  if (left === right) return 0;
  const [leftSequence, leftSub] = parts(left);
  const [rightSequence, rightSub] = parts(right);
  if (leftSequence !== rightSequence) return leftSequence < rightSequence ? -1 : 1;
  if (leftSub !== rightSub) return leftSub < rightSub ? -1 : 1;
  return 0;
}
