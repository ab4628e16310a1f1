import { ThriftWriter } from '../footer/thrift-writer.ts';

/** Encodings by their numbers (parquet.thrift, Encoding). */
export const encodings = { plain: 0, levels: 3, dictionary: 8 } as const;

export const pageTypes = { data: 0, dictionary: 2 } as const;

/** Bytes of a page without its header. */
export interface PageSizes {
  uncompressed: number;
  stored: number;
}

/** Version 1 of data pages: every reader has it. `entries`: nulls included. */
export function dataPageHeader(sizes: PageSizes, entries: number, encoding: number): Uint8Array {
  const writer = begun(pageTypes.data, sizes);
  writer.struct(5);
  writer.i32(1, entries);
  writer.i32(2, encoding);
  writer.i32(3, encodings.levels);
  writer.i32(4, encodings.levels);
  return ended(writer);
}

export function dictionaryPageHeader(sizes: PageSizes, values: number): Uint8Array {
  const writer = begun(pageTypes.dictionary, sizes);
  writer.struct(7);
  writer.i32(1, values);
  writer.i32(2, encodings.plain);
  return ended(writer);
}

/** More than most headers take. */
const headerBytes = 48;

function begun(type: number, { uncompressed, stored }: PageSizes): ThriftWriter {
  const writer = new ThriftWriter(headerBytes);
  writer.begin();
  writer.i32(1, type);
  writer.i32(2, uncompressed);
  writer.i32(3, stored);
  return writer;
}

function ended(writer: ThriftWriter): Uint8Array {
  writer.end();
  writer.end();
  return writer.bytes;
}
