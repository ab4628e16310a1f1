import { expect, test } from 'vitest';
import { avroDecoder } from '#formats/avro/avro-decoder.ts';
import { schemaFingerprint } from '#formats/avro/fingerprint.ts';
import { written } from './avro-payloads.ts';

const first = { type: 'record', name: 'a.R', fields: [{ name: 'x', type: 'int' }] };
const second = { ...first, doc: 'A later one', fields: [...first.fields, { name: 'y', type: 'int', default: 0 }] };
const files: Record<string, unknown> = { 'first.avsc': first, 'second.avsc': second };
const ports = {
  registryOf: () => {
    throw new Error('no registry');
  },
  schemaFile: (path: string) => Buffer.from(JSON.stringify(files[path])),
};
const decoder = avroDecoder({ kind: 'avro', framing: 'single', schemaFile: Object.keys(files) }, ports);

const encoded = (schema: unknown, value: unknown): Buffer =>
  Buffer.concat([Buffer.of(0xc3, 0x01), schemaFingerprint(JSON.stringify(schema)).reverse(), written(schema, value)]);

test.each([
  ['"null"', '63dd24e7cc258f8a'],
  ['"boolean"', '9f42fc78a4d4f764'],
  ['"int"', '7275d51a3f395c8f'],
  ['"long"', 'd054e14493f41db7'],
  ['"float"', '4d7c02cb3ea8d790'],
  ['"string"', '8f014872634503c7'],
  ['"bytes"', '4fc016dac3201965'],
])('CRC-64-AVRO of %s is as the specification has it', (text, hex) => {
  expect(schemaFingerprint(text).toString('hex')).toBe(hex);
});

test('what does not change the payload does not change the fingerprint', () => {
  const bare = {
    type: 'record',
    name: 'R',
    namespace: 'a',
    doc: 'x',
    aliases: ['b'],
    fields: [{ name: 'x', type: { type: 'int' } }],
  };
  expect(schemaFingerprint(JSON.stringify(bare))).toEqual(schemaFingerprint(JSON.stringify(first)));
  expect(schemaFingerprint(JSON.stringify(second))).not.toEqual(schemaFingerprint(JSON.stringify(first)));
});

test('a payload is read by the schema that wrote it', () => {
  expect(decoder.decode(encoded(first, { x: 1 }))).toMatchObject({ record: { names: ['x'], values: [1n] } });
  expect(decoder.decode(encoded(second, { x: 1, y: 2 }))).toMatchObject({
    record: { names: ['x', 'y'], values: [1n, 2n] },
  });
});

test('other bytes and other fingerprints are failures', () => {
  expect(decoder.decode(Buffer.from('{"x":1}'))).toMatchObject({ error: 'InvalidFraming' });
  expect(decoder.decode(Buffer.of())).toMatchObject({
    error: 'InvalidFraming',
    message: expect.stringContaining('got none'),
  });
  const other = { ...first, name: 'a.Other' };
  expect(decoder.decode(encoded(other, { x: 1 }))).toMatchObject({
    error: 'UnknownSchema',
    type: { id: schemaFingerprint(JSON.stringify(other)).toString('hex') },
  });
});

test('without framing, the one file is the schema of every payload; a bad file is refused', () => {
  const plain = avroDecoder({ kind: 'avro', framing: 'none', schemaFile: ['first.avsc'] }, ports);
  expect(plain.decode(Buffer.of(8))).toMatchObject({ record: { values: [4n] }, type: { name: 'a.R', id: undefined } });
  const bad = { ...ports, schemaFile: () => Buffer.from('"long"') };
  expect(() => avroDecoder({ kind: 'avro', framing: 'none', schemaFile: ['x.avsc'] }, bad)).toThrow(
    'x.avsc: expected the schema of a record',
  );
});
