import type { ParquetLeaf } from './parquet-columns.ts';
import { type ColumnChunk, serializeThrift } from './parquet-thrift.ts';

const uncompressed = 0;
const plain = 0;
const rle = 3;
const dataPage = 0;

/** A column chunk of `rows` nulls: one page of levels and no values. */
export function nullChunk(leaf: ParquetLeaf, rows: bigint, offset: bigint): { chunk: ColumnChunk; bytes: Uint8Array } {
  const levels = [leaf.maxRepetition, leaf.maxDefinition].flatMap((max) => (max === 0 ? [] : zeroLevels(Number(rows))));
  const header = serializeThrift({
    field_1: dataPage,
    field_2: levels.length,
    field_3: levels.length,
    field_5: { field_1: Number(rows), field_2: plain, field_3: rle, field_4: rle },
  });
  const bytes = new Uint8Array(header.length + levels.length);
  bytes.set(header);
  bytes.set(levels, header.length);
  const sizeBytes = BigInt(bytes.length);
  const chunk: ColumnChunk = {
    field_2: 0n,
    field_3: {
      field_1: leaf.type,
      field_2: [plain, rle],
      field_3: leaf.path,
      field_4: uncompressed,
      field_5: rows,
      field_6: sizeBytes,
      field_7: sizeBytes,
      field_9: offset,
      field_12: { field_3: rows },
    },
  };
  return { chunk, bytes };
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
