import { expect, it } from 'vitest';
import { bytesDecoder } from '#formats/bytes.ts';
import { int64Decoder } from '#formats/int64.ts';
import { stringDecoder } from '#formats/string.ts';

const columns = (...fields: [string, string][]) => ({
  columns: { type: 'struct', fields: fields.map(([name, type]) => ({ name, type, nullable: true, metadata: {} })) },
});

it('text is {data}', () => {
  expect(stringDecoder.decode(Buffer.from('Zürich\n'))).toMatchObject({
    record: { names: ['data'], values: ['Zürich\n'] },
    type: columns(['data', 'string']),
  });
  expect(stringDecoder.decode(Buffer.of())).toMatchObject({ record: { values: [''] } });
  expect(stringDecoder.decode(Buffer.of(0xc3, 0x28))).toMatchObject({ error: 'InvalidUtf8' });
});

it('eight bytes are {value}, a signed integer with the highest first', () => {
  expect(int64Decoder.decode(Buffer.of(255, 255, 255, 255, 255, 255, 255, 254))).toMatchObject({
    record: { names: ['value'], values: [-2n] },
    type: columns(['value', 'long']),
  });
  expect(int64Decoder.decode(Buffer.of(127, 255, 255, 255, 255, 255, 255, 255))).toMatchObject({
    record: { values: [2n ** 63n - 1n] },
  });
  for (const size of [0, 7, 9])
    expect(int64Decoder.decode(Buffer.alloc(size))).toMatchObject({ error: 'InvalidPayload' });
});

it('bytes are {data, size}', () => {
  expect(bytesDecoder.decode(Buffer.of(0, 255, 16, 7))).toMatchObject({
    record: { names: ['data', 'size'], values: ['AP8QBw==', 4n] },
    type: columns(['data', 'string'], ['size', 'long']),
  });
  expect(bytesDecoder.decode(new Uint8Array())).toMatchObject({ record: { values: ['', 0n] } });
});
