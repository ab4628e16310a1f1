import { ThriftWriter } from '../footer/thrift-writer.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { LeafValues } from '../vector/stored-values.ts';

const blockBytes = 32;
const greatestBlocks = 1 << 15;
/** Bits for each distinct value so that about one of a hundred others passes (parquet-format, BloomFilter.md, "Sizing"). */
const bitsPerValue = 11;

/** A split block Bloom filter of the values, header included. */
export function bloomFilter(kernel: Kernel, distinct: LeafValues): Uint8Array {
  const wanted = Math.ceil((distinct.count * bitsPerValue) / (blockBytes * 8));
  const blocks = Math.min(greatestBlocks, 2 ** Math.ceil(Math.log2(Math.max(1, wanted))));
  const sizeBytes = blocks * blockBytes;
  const mark = kernel.mark();
  const address = kernel.allocate(sizeBytes);
  kernel.bytes.fill(0, address, address + sizeBytes);
  distinct.addToFilter(address, blocks);
  const writer = new ThriftWriter();
  writer.begin();
  writer.i32(1, sizeBytes);
  for (const id of [2, 3, 4]) {
    // Unions whose only members are BLOCK, XXHASH and UNCOMPRESSED.
    writer.struct(id);
    writer.struct(1);
    writer.end();
    writer.end();
  }
  writer.end();
  writer.raw(kernel.bytes, address, address + sizeBytes);
  kernel.release(mark);
  return writer.bytes;
}
