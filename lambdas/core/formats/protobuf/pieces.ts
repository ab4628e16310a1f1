import type protobuf from 'protobufjs';
import type { DecodedRecord } from '../decoded-value.ts';
import type { MessagePlan } from './message-plan.ts';
import { Refusal } from './refusal.ts';

/** What reading a payload may yet spend. */
export interface Budget {
  values: number;
  /** Messages that came in several pieces: what each piece would go through again is left for the end. */
  merged: Map<DecodedRecord, MessagePlan>;
}

/** Levels of nesting, as for JSON. */
export const maxDepth = 64;

export function spend(budget: Budget, values: number): void {
  budget.values -= values;
  if (budget.values < 0) throw new Refusal('TooLarge', 'expected fewer values in one payload, got more');
}

export function deeper(depth: number): number {
  if (depth >= maxDepth) throw new Refusal('TooDeep', `expected at most ${maxDepth} levels of nesting, got more`);
  return depth + 1;
}

/** Reads the length of the piece that begins here and makes its end the reader's limit; answers it. */
export function enter(reader: protobuf.Reader): number {
  const length = reader.size();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError(`${length} bytes are announced and ${reader.len - reader.pos} left`);
  reader.len = end;
  return end;
}

/** Gives the reader the limit back that it had before the piece. */
export function leave(reader: protobuf.Reader, end: number, outer: number): void {
  if (reader.pos !== end) throw new RangeError('a value goes on past its length');
  reader.len = outer;
}

/** Steps over a field that nobody asks for. */
export function skip(reader: protobuf.Reader, tag: number): void {
  if (tag >>> 3 === 0) throw new Refusal('InvalidPayload', 'expected the number of a field, got 0');
  reader.skipType(tag & 7, 0, tag >>> 3);
}
