import type { RangedFile } from '#delta/checkpoint-codec.ts';

/** Bytes from `start` to `end` (exclusive). @throws {Error} naming the file when it has fewer. */
export async function readWhole(file: RangedFile, start: number, end: number): Promise<Uint8Array> {
  const bytes = await file.readRange(start, end);
  if (bytes.length !== end - start) {
    throw new Error(`${file.path}: expected ${end - start} bytes from ${start}, got ${bytes.length}`);
  }
  return bytes;
}

/** Frees memory at once that would else wait for a collection, by which time there is a lot of it. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
