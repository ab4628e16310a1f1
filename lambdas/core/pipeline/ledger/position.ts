/**
 * Where a record stands in its source partition: a Kafka offset, or a Kinesis sequence number (up to 56 digits), followed by
 * `.` and a sub-sequence number for a record taken out of a KPL aggregate or a file. Decimal text, without leading zeros.
 */
export type Position = string;

/** Positions from the first to the last, both included, without a record between them that is not meant. */
export interface PositionRun {
  from: Position;
  to: Position;
}

/** What the source itself calls the record that holds a position. */
export const sequenceOf = (position: Position): string => parts(position)[0];

function parts(position: Position): [sequence: string, sub: string] {
  const dot = position.indexOf('.');
  return dot < 0 ? [position, '0'] : [position.slice(0, dot), position.slice(dot + 1)];
}

/** Decimal texts without leading zeros: the longer is the greater, and digits compare as text does. */
function compareDecimals(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Negative, zero or positive as `left` comes before, is, or comes after `right`: by sequence, then by sub-sequence. */
export function comparePositions(left: Position, right: Position): number {
  if (left.length === right.length && left.indexOf('.') === right.indexOf('.')) {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const [leftSequence, leftSub] = parts(left);
  const [rightSequence, rightSub] = parts(right);
  return compareDecimals(leftSequence, rightSequence) || compareDecimals(leftSub, rightSub);
}

/** Whether a position is that of a part of a record. */
export const isPart = (position: Position): boolean => position.includes('.');

/** As `comparePositions`, of bounds up to which records are meant: one without a sub-sequence comes after all parts of its record. */
export function compareEnds(left: Position, right: Position): number {
  const bySequence = comparePositions(sequenceOf(left), sequenceOf(right));
  if (bySequence !== 0 || isPart(left) === isPart(right)) return bySequence || comparePositions(left, right);
  return isPart(left) ? -1 : 1;
}

/** Whether a position is at or before a bound; one without a sub-sequence stands for the whole record, all its parts. */
export const isUpTo = (position: Position, bound: Position): boolean =>
  comparePositions(isPart(bound) ? position : sequenceOf(position), bound) <= 0;

/** The position right before; nothing before the first of all. No record need be there. */
export function positionBefore(position: Position): Position | undefined {
  const [sequence, sub] = parts(position);
  if (sub !== '0') return `${sequence}.${BigInt(sub) - 1n}`;
  return sequence === '0' ? undefined : String(BigInt(sequence) - 1n);
}

/** The position right after; that of the next part where only a part is meant. No record need be there. */
export function positionAfter(position: Position): Position {
  const [sequence, sub] = parts(position);
  return isPart(position) ? `${sequence}.${BigInt(sub) + 1n}` : String(BigInt(sequence) + 1n);
}
