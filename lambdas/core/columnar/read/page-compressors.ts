import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
// The package's index would put its Brotli dictionary into every bundle.
import { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors/src/lz4.js';

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

/** Pages of nulls alone have no values: what writers store for nothing is not what every codec reads. */
const unlessEmpty =
  (decompress: Decompress): Decompress =>
  (input, outputLength) =>
    outputLength === 0 ? new Uint8Array() : decompress(input, outputLength);

/** Every compression of Parquet's pages, beside hyparquet's own Snappy; Node's codecs where it has them. */
export const pageCompressors: Compressors = {
  GZIP: unlessEmpty((input) => gunzipSync(input)),
  BROTLI: unlessEmpty((input) => brotliDecompressSync(input)),
  ZSTD: unlessEmpty((input) => zstdDecompressSync(input)),
  LZ4: unlessEmpty(decompressLz4),
  LZ4_RAW: unlessEmpty(decompressLz4Raw),
};
