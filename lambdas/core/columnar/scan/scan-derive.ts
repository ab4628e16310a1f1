import { kindDate, kindLocalTime } from '../kernel/assembly/layout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Slot } from './scan-slot.ts';

/** Kinds of times, as kernel/time.ts has them. */
const dateOnly = 1;
const localTime = 2;
const instant = 3;
const longestTime = 64;
/** `0001-01-01T00:00:00.000000Z` */
const instantBytes = 27;

/** Leaves so many characters (code points) of each of a string column's texts, from `start` on. */
export function cutTexts(
  { exports }: Kernel,
  { present, cells, ends }: Slot,
  { rows, start, length }: { rows: number; start: number; length: number },
): void {
  exports.cutTexts(present, cells, ends, rows, start, length);
}

/** Fills a column of dates or times with what texts say in ISO 8601; answers the rows whose texts are no such time. */
export function readTimes(kernel: Kernel, from: Slot, to: Slot, rows: number): readonly number[] {
  const mark = kernel.mark();
  const left = kernel.allocate(rows * 4);
  const kind = to.kind === kindDate ? dateOnly : to.kind === kindLocalTime ? localTime : instant;
  const scratch = kernel.allocate(longestTime);
  const { present, cells, ends } = from;
  const count = kernel.exports.readTimes(present, cells, ends, rows, kind, to.present, to.cells, left, scratch);
  const refused = Array.from(new Int32Array(kernel.bytes.buffer, left, count));
  kernel.release(mark);
  return refused;
}

/** Fills a string column with instants in ISO 8601. */
export function writeInstants(kernel: Kernel, from: Slot, to: Slot, rows: number): void {
  const out = kernel.allocate(rows * instantBytes);
  kernel.exports.writeInstants(from.present, from.cells, rows, to.present, to.cells, to.ends, out);
}

/** Fills a column of longs with the whole units of `size` microseconds that instants are since 1970. */
export function countUnits(
  { exports }: Kernel,
  from: Slot,
  to: Slot,
  { rows, size }: { rows: number; size: number },
): void {
  exports.countUnits(from.present, from.cells, rows, to.present, to.cells, size);
}
