import type { ParquetLeaf } from '../footer/parquet-columns.ts';
import { ThriftWriter } from '../footer/thrift-writer.ts';

const plain = 0;
const rle = 3;
const dataPage = 0;

/** The pages of a column chunk of `rows` nulls: one page of levels and no values. */
export function nullPages(leaf: ParquetLeaf, rows: number): Uint8Array {
  const levels = [leaf.maxRepetition, leaf.maxDefinition].flatMap((max) => (max === 0 ? [] : zeroLevels(rows)));
  const writer = new ThriftWriter();
  writer.begin();
  writer.i32(1, dataPage);
  writer.i32(2, levels.length);
  writer.i32(3, levels.length);
  writer.struct(5);
  writer.i32(1, rows);
  writer.i32(2, plain);
  writer.i32(3, rle);
  writer.i32(4, rle);
  writer.end();
  writer.end();
  writer.raw(Uint8Array.from(levels), 0, levels.length);
  return writer.bytes;
}

/** One run of level 0, with its length in front (Parquet's RLE hybrid; levels below 256 take a byte). */
function zeroLevels(count: number): number[] {
  const run: number[] = [];
  let header = count * 2;
  while (header > 0x7f) {
    run.push((header % 0x80) | 0x80);
    header = Math.floor(header / 0x80);
  }
  run.push(header, 0);
  return [run.length, 0, 0, 0, ...run];
}
