import type { Kernel } from './kernel.ts';
import type { Slot } from './scan-slot.ts';

/** The first byte of a character of UTF-8; its others are 10xxxxxx. */
const isFirstByte = (byte: number): boolean => (byte & 0xc0) !== 0x80;

/** Leaves so many characters (code points) of each of a string column's texts, from `start` on. */
export function cutTexts(
  { bytes }: Kernel,
  slot: Slot,
  { rows, start, length }: { rows: number; start: number; length: number },
): void {
  const starts = new Int32Array(bytes.buffer, slot.cells, rows);
  const ends = new Int32Array(bytes.buffer, slot.ends, rows);
  for (let row = 0; row < rows; row++) {
    if (bytes[slot.present + row] === 0) continue;
    const end = ends[row] as number;
    const from = behindCharacters(bytes, starts[row] as number, end, start);
    starts[row] = from;
    ends[row] = behindCharacters(bytes, from, end, length);
  }
}

/** Where the character after so many begins; `end` where there are fewer. */
function behindCharacters(bytes: Uint8Array, from: number, end: number, count: number): number {
  let at = from;
  for (let left = count; at < end; at++) {
    if (isFirstByte(bytes[at] as number) && left-- === 0) return at;
  }
  return end;
}
