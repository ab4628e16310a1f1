import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { footerOf } from '#columnar/footer/parquet-footer.ts';
import { elementsOf, renamed } from '#columnar/footer/schema-element.ts';
import { ThriftReader, thrift } from '#columnar/footer/thrift-reader.ts';
import { ThriftWriter } from '#columnar/footer/thrift-writer.ts';

const text = new TextDecoder();
const utf8 = new TextEncoder();

function parsed(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return deserializeTCompactProtocol({ view, offset: 0 });
}

function written(write: (writer: ThriftWriter) => void): Uint8Array {
  const writer = new ThriftWriter();
  writer.begin();
  write(writer);
  writer.end();
  return writer.bytes.slice();
}

const everything = written((writer) => {
  writer.byte(1, -3);
  writer.i32(2, -(2 ** 31));
  writer.i64(3, 2 ** 52);
  writer.boolean(4, true);
  writer.boolean(20, false);
  writer.binary(21, utf8.encode('é'.repeat(40)));
  writer.list(22, thrift.i32, 20);
  for (let value = -10; value < 10; value++) writer.integer(value * 1000);
  writer.list(23, thrift.struct, 1);
  writer.begin();
  writer.i32(5, 7);
  writer.struct(6);
  writer.end();
  writer.end();
  writer.i32(3000, 1);
});

test('what is written reads as another reader reads it', () => {
  const own = new ThriftReader(everything).struct();
  const others = parsed(everything) as Record<string, unknown>;
  expect(own).toEqual({ ...others, field_3: Number(others.field_3) });
  expect(own).toMatchObject({ field_1: -3, field_2: -(2 ** 31), field_3: 2 ** 52, field_4: true, field_20: false });
  const skipping = new ThriftReader(everything);
  skipping.skip(thrift.struct);
  expect(skipping.at).toBe(everything.length);
});

test('bytes that end too early are said to, wherever that is', () => {
  for (let length = 0; length < everything.length; length++) {
    const cut = everything.subarray(0, length);
    expect(() => new ThriftReader(cut).struct(), `${length} bytes`).toThrow(RangeError);
    expect(() => new ThriftReader(cut).skip(thrift.struct), `${length} bytes`).toThrow(RangeError);
  }
});

test('a footer of other bytes is refused by its name, or read: it never takes long', async () => {
  const file = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'id', data: [1, 2, 3] }] }));
  const footerBytes = new DataView(file.buffer).getUint32(file.length - 8, true);
  const start = file.length - 8 - footerBytes;
  let refused = 0;
  for (let at = start; at < file.length - 8; at++) {
    for (const bits of [0x01, 0x10, 0x80, 0xff]) {
      const mutated = file.slice();
      mutated[at]! ^= bits;
      await footerOf('some/file.parquet', mutated).catch((error: Error) => {
        refused += 1;
        expect(error.message).toMatch(/^some\/file\.parquet: expected a Parquet footer of/);
      });
    }
  }
  expect(refused).toBeGreaterThan(10);
});

test('an element of a schema gets another name and keeps the rest', () => {
  const element = written((writer) => {
    writer.i32(1, 6);
    writer.i32(3, 1);
    writer.binary(4, utf8.encode('entries'));
    writer.i32(6, 0);
  });
  const list = Buffer.concat([Uint8Array.of((1 << 4) | thrift.struct), element]);
  const [found] = elementsOf(list);
  const [again] = elementsOf(Buffer.concat([list.subarray(0, 1), renamed(found!, utf8.encode('key_value')).bytes]));
  expect(text.decode(again!.field_4)).toBe('key_value');
  expect(again).toMatchObject({ field_1: 6, field_3: 1, field_6: 0 });
});
