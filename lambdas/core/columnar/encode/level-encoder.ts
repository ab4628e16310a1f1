import type { Kernel } from '../kernel/kernel.ts';
import { addressIn, wordBytes } from '../kernel/kernel-arrays.ts';
import type { Leaf } from './leaf.ts';
import type { PageRange } from './page-layout.ts';

/** More than `count` values of so many bits take in Parquet's hybrid of runs and bit-packed groups. */
export const hybridBound = (count: number, bitWidth: number): number => Math.ceil((count * (5 + bitWidth)) / 8) + 64;

/** Bits that numbers up to `greatest` take, one at least. */
export const bitsFor = (greatest: number): number => Math.max(1, 32 - Math.clz32(greatest));

/** More than the levels of a page take. */
export const levelsBound = ({ maxDefinition, maxRepetition }: Leaf, { entries }: PageRange): number =>
  hybridBound(entries, bitsFor(maxDefinition)) + hybridBound(entries, bitsFor(maxRepetition));

/** Writes a page's repetition and definition levels as version 1 of data pages has them, each behind its length; answers the bytes. */
export function writeLevels(kernel: Kernel, leaf: Leaf, range: PageRange, out: number): number {
  const { levels, maxDefinition, maxRepetition } = leaf;
  let end = out;
  if (levels === undefined) {
    if (maxDefinition > 0) end = behindLength(kernel, end, (at) => writeValidity(kernel, leaf, range, at));
    return end - out;
  }
  const skipped = range.firstEntry * wordBytes;
  for (const [words, max] of [
    [levels.repetitions, maxRepetition],
    [levels.definitions, maxDefinition],
  ] as const) {
    if (max === 0) continue;
    end = behindLength(kernel, end, (at) =>
      kernel.exports.packHybrid(words + skipped, range.entries, bitsFor(max), at),
    );
  }
  return end - out;
}

/** Answers where what `write` wrote ends; it answers its bytes. */
function behindLength(kernel: Kernel, at: number, write: (at: number) => number): number {
  const bytes = write(at + wordBytes);
  kernel.view.setUint32(at, bytes, true);
  return at + wordBytes + bytes;
}

/** One run where all rows are alike, else the bitmap, which is bit-packed already. */
function writeValidity(kernel: Kernel, { vector }: Leaf, range: PageRange, out: number): number {
  const { rows, values, firstRow } = range;
  const { bytes } = kernel;
  if (values === rows || values === 0 || vector.validity === undefined) {
    const end = writeVarint(bytes, rows * 2, out);
    bytes[end] = values === 0 ? 0 : 1;
    return end + 1 - out;
  }
  const groups = (rows + 7) >> 3;
  const end = writeVarint(bytes, groups * 2 + 1, out);
  kernel.exports.copyBits(addressIn(kernel, vector.validity), firstRow, rows, end);
  return end + groups - out;
}

function writeVarint(bytes: Uint8Array, value: number, at: number): number {
  let left = value;
  let end = at;
  for (; left > 0x7f; left >>>= 7) bytes[end++] = (left & 0x7f) | 0x80;
  bytes[end] = left;
  return end + 1;
}
