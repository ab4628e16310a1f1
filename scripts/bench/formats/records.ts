import { linesOf } from '../columnar/data-sets.ts';
import type { RecordSet } from './schemas.ts';

export type BenchRecord = Record<string, unknown> & { timestamp: string };

/** The records of the columnar bench, as objects. */
export const recordsOf = (set: RecordSet, count: number): BenchRecord[] =>
  [...linesOf(set, count)].map((line) => JSON.parse(line) as BenchRecord);
