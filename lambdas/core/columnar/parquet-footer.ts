import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { type FileMetaData, parseThrift } from './parquet-thrift.ts';

const magic = 0x31_52_41_50;
/** Footer length and magic. */
const trailerBytes = 8;
/** The file's end that is fetched first: most footers are smaller. */
const firstFetchBytes = 16_384;

/**
 * A Parquet file's footer, as it stands in the file.
 *
 * @throws {Error} naming the file when it is no Parquet file, or encrypted.
 */
export async function readFooter(file: RangedFile): Promise<FileMetaData> {
  const { path, sizeBytes } = file;
  const notParquet = (found: string) => new Error(`${path}: expected a Parquet file of ${sizeBytes} bytes, ${found}`);
  if (sizeBytes < trailerBytes + 4) throw notParquet('which is too short for one');
  const tailStart = Math.max(0, sizeBytes - firstFetchBytes);
  const tail = await file.readRange(tailStart, sizeBytes);
  if (tail.length !== sizeBytes - tailStart) throw notParquet(`got ${tail.length} bytes of its last`);
  const trailer = new DataView(tail.buffer, tail.byteOffset + tail.length - trailerBytes, trailerBytes);
  if (trailer.getUint32(4, true) !== magic) throw notParquet('found no PAR1 at its end');
  const footerBytes = trailer.getUint32(0, true);
  const start = sizeBytes - trailerBytes - footerBytes;
  if (start < 4) throw notParquet(`found a footer of ${footerBytes} bytes`);
  // A copy: names and bounds are views of it, which would else keep the whole fetch in memory.
  const bytes =
    start >= tailStart
      ? tail.slice(start - tailStart, tail.length - trailerBytes)
      : await file.readRange(start, sizeBytes - trailerBytes);
  try {
    return parseThrift<FileMetaData>(bytes);
  } catch (cause) {
    throw new Error(`${path}: expected a Parquet footer of ${footerBytes} bytes`, { cause });
  }
}

/** The footer of a whole file in memory. */
export const footerOf = (path: string, bytes: Uint8Array): Promise<FileMetaData> =>
  readFooter({ path, sizeBytes: bytes.length, readRange: async (start, end) => bytes.subarray(start, end) });
