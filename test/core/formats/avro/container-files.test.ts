import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import { containerDecoder } from '#formats/avro/container-decoder.ts';
import { containerFile } from '../../../support/avro-container.ts';

const schema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'n', type: 'long' },
    { name: 's', type: 'string' },
  ],
};
const type = avsc.Type.forSchema(schema as avsc.Schema);
const sync = Buffer.alloc(16, 0xab);

const longOf = (value: number): Buffer => avsc.Type.forSchema('long').toBuffer(value);
const bytesOf = (value: Buffer): Buffer => avsc.Type.forSchema('bytes').toBuffer(value);

const header = (codec: string | undefined, text = JSON.stringify(schema)): Buffer =>
  Buffer.concat([
    Buffer.from('Obj\x01', 'latin1'),
    avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer({
      'avro.schema': Buffer.from(text),
      ...(codec === undefined ? {} : { 'avro.codec': Buffer.from(codec) }),
    }),
    sync,
  ]);
const block = (count: number, data: Buffer): Buffer => Buffer.concat([longOf(count), bytesOf(data), sync]);
const records = (...values: [number, string][]): Buffer =>
  Buffer.concat(values.map(([n, s]) => type.toBuffer({ n, s })));

/** Snappy's literals alone are Snappy too. */
const snappy = (data: Buffer): Buffer => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(data));
  return Buffer.concat([Buffer.of(data.length, (data.length - 1) << 2), data, sum]);
};

const lastChanged = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) as number) ^ 1)]);

const rowsOf = (payload: Uint8Array): unknown[] => {
  const decoder = containerDecoder();
  const parts = decoder.split?.(payload) ?? [payload];
  // Parts are whole files: another decoder reads them as well.
  return parts.map((part) => {
    const [decoded, again] = [decoder, containerDecoder()].map((reader) => {
      const found = reader.decode(part);
      return found.kind === 'record' ? [found.record.raw, found.type?.name] : [found.error, found.message];
    });
    expect(again).toEqual(decoded);
    return decoded;
  });
};

describe('files of many records', () => {
  const data = records([1, 'a'], [2, 'b']);
  test.each([
    [undefined, data],
    ['null', data],
    ['deflate', deflateRawSync(data)],
    ['zstandard', zstdCompressSync(data)],
    ['snappy', snappy(data)],
  ])('packed by %s', (codec, packed) => {
    const file = Buffer.concat([
      header(codec),
      block(2, packed),
      block(0, codec === 'deflate' ? deflateRawSync('') : packed.subarray(0, 0)),
    ]);
    const payload =
      codec === undefined || codec === 'null' || codec === 'deflate'
        ? file
        : Buffer.concat([header(codec), block(2, packed)]);
    expect(rowsOf(payload)).toEqual([
      ['{"n":1,"s":"a"}', 'R'],
      ['{"n":2,"s":"b"}', 'R'],
    ]);
  });

  test('several blocks, and a file that avsc wrote', async () => {
    const file = Buffer.concat([header('null'), block(1, records([1, 'a'])), block(2, records([2, 'b'], [3, 'c']))]);
    expect(rowsOf(file)).toHaveLength(3);
    const hundred = Array.from({ length: 100 }, (_, n) => ({ n, s: `row ${n}` }));
    const rows = rowsOf(await containerFile(type, hundred));
    expect([rows.length, rows[99]]).toEqual([100, ['{"n":99,"s":"row 99"}', 'R']]);
  });

  test('split again, a file becomes the same files; those of one record are not split', () => {
    const decoder = containerDecoder();
    const file = Buffer.concat([header('null'), block(2, data)]);
    const parts = decoder.split?.(file);
    expect(containerDecoder().split?.(file)).toEqual(parts);
    for (const part of parts ?? []) expect(decoder.split?.(part)).toBeUndefined();
  });
});

describe('files that are refused as a whole', () => {
  const one = records([1, 'a']);
  const bomb = deflateRawSync(Buffer.alloc(65 * 1024 * 1024));
  const nothing = JSON.stringify({ type: 'record', name: 'N', fields: [] });
  test.each([
    ['no container file', Buffer.from('{}'), 'InvalidFraming', 'got bytes 123 125'],
    ['nothing', Buffer.of(), 'InvalidFraming', 'container file'],
    ['a header that ends', header('null').subarray(0, 20), 'InvalidFraming', 'end'],
    ['entries without end', Buffer.from('Obj\x01\xfe\xff\xff\xff\x0f', 'latin1'), 'InvalidFraming', 'end'],
    ['no schema', Buffer.concat([Buffer.from('Obj\x01\x00', 'latin1'), sync]), 'InvalidFraming', 'got none'],
    [
      'a schema of no record',
      Buffer.concat([header('null', '"long"'), block(1, longOf(1))]),
      'UnusableSchema',
      'kind long',
    ],
    ['another codec', Buffer.concat([header('xz'), block(1, one)]), 'InvalidFraming', 'got "xz"'],
    ['no record', header('null'), 'InvalidPayload', 'got 0'],
    ['a block that ends', Buffer.concat([header('null'), block(1, one).subarray(0, 3)]), 'InvalidFraming', 'the end'],
    ['another marker', Buffer.concat([header('null'), lastChanged(block(1, one))]), 'InvalidFraming', 'marker'],
    ['a negative count', Buffer.concat([header('null'), block(-1, one)]), 'InvalidFraming', 'got -1'],
    [
      'more bytes than records',
      Buffer.concat([header('null'), block(1, records([1, 'a'], [2, 'b']))]),
      'InvalidFraming',
      '3 bytes more',
    ],
    [
      'fewer records than said',
      Buffer.concat([header('null'), block(3, records([1, 'a'], [2, 'b']))]),
      'InvalidPayload',
      'record 2: ',
    ],
    [
      'a wrong checksum',
      Buffer.concat([header('snappy'), block(1, lastChanged(snappy(one)))]),
      'InvalidFraming',
      'checksum',
    ],
    ['no deflate', Buffer.concat([header('deflate'), block(1, one)]), 'InvalidEnvelope', 'deflate'],
    ['a bomb', Buffer.concat([header('deflate'), block(1, bomb)]), 'TooLarge', 'at most'],
    [
      'records without content, without end',
      Buffer.concat([header('null', nothing), block(2 ** 50, Buffer.of())]),
      'TooLarge',
      '50000 records',
    ],
  ])('%s', (_, payload, error, message) => {
    const started = process.cpuUsage();
    const [[found, text]] = rowsOf(payload) as [[string, string]];
    expect(found).toBe(error);
    expect(text).toContain(message);
    const { user, system } = process.cpuUsage(started);
    expect(user + system).toBeLessThan(2_000_000);
  });
});
