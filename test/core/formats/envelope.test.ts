import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { snappyCompress } from 'hysnappy';
import { describe, expect, it } from 'vitest';
import { type EnvelopeSettings, envelopeSettings } from '#contract/envelope-settings.ts';
import { inEnvelopes, opener } from '#formats/envelope.ts';
import { decodeJson } from '#formats/json.ts';
import { noPreparation, type PayloadDecoder } from '#formats/payload-decoder.ts';

const payload = Buffer.from(JSON.stringify({ id: 1, text: 'again and again and again and again' }));

/** `hello` by the framing format: the identifier, a chunk that is not compressed, padding. */
const framed = Buffer.concat([
  Buffer.from([0xff, 6, 0, 0]),
  Buffer.from('sNaPpY'),
  Buffer.from([0x01, 9, 0, 0, 0xbb, 0x1f, 0x1c, 0x19]),
  Buffer.from('hello'),
  Buffer.from([0xfe, 2, 0, 0, 0, 0]),
]);

const packers: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  gzip: gzipSync,
  zstd: zstdCompressSync,
  deflate: deflateSync,
  deflateRaw: deflateRawSync,
  snappy: snappyCompress,
};
const of = (...settings: unknown[]): EnvelopeSettings[] => envelopeSettings.parse(settings);

describe.each(Object.entries(packers))('%s', (kind, pack) => {
  const open = opener(of({ kind, maxBytes: 10_000 }));

  it('gives what was packed, nothing included', () => {
    for (const bytes of [payload, Buffer.alloc(0), Buffer.alloc(10_000, 7)]) {
      expect(Buffer.from(open(pack(bytes)) as Uint8Array)).toEqual(bytes);
    }
  });

  it('is too large past its limit, however little it takes', () => {
    expect(open(pack(Buffer.alloc(10_001)))).toMatchObject({ kind: 'failure', error: 'TooLarge' });
    expect(open(pack(Buffer.alloc(50_000_000)))).toMatchObject({ kind: 'failure', error: 'TooLarge' });
  });

  it('is a failure where it is none, or a part of one', () => {
    const packed = pack(payload);
    for (const bytes of [packed.subarray(0, packed.length - 5), Buffer.alloc(0), Buffer.alloc(40, 0xee)]) {
      expect(open(bytes)).toMatchObject({ kind: 'failure', error: expect.stringMatching(/InvalidEnvelope|TooLarge/) });
    }
    expect(Buffer.from(open(packed) as Uint8Array)).toEqual(payload);
  });
});

describe('what follows the first of what was packed', () => {
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const zstd = opener(of({ kind: 'zstd', maxBytes: 100 }));
  const hello = zstdCompressSync(Buffer.from('hello'));

  it('is more frames of zstd, of which some are to be skipped', () => {
    const packed = [skippable, hello, skippable, zstdCompressSync(Buffer.alloc(0)), hello, skippable];
    expect(Buffer.from(zstd(Buffer.concat(packed)) as Uint8Array).toString()).toBe('hellohello');
    expect(zstd(Buffer.concat(Array.from({ length: 20 }, () => hello)))).toHaveLength(100);
    expect(zstd(Buffer.concat(Array.from({ length: 21 }, () => hello)))).toMatchObject({ error: 'TooLarge' });
    expect(zstd(skippable)).toHaveLength(0);
  });

  it.each([
    ['no frame', Buffer.concat([hello, Buffer.from('hello')])],
    ['part of a frame', Buffer.concat([hello, hello.subarray(0, -1)])],
    ['part of a frame to be skipped', Buffer.concat([hello, skippable.subarray(0, -1)])],
  ])('fails where it is %s', (_, bytes) => {
    expect(zstd(bytes)).toMatchObject({ kind: 'failure', error: 'InvalidEnvelope' });
  });

  it('has an end, however little each frame takes', () => {
    const empty = zstdCompressSync(Buffer.alloc(0));
    expect(zstd(Buffer.concat(Array.from({ length: 10_001 }, () => empty)))).toMatchObject({ error: 'TooLarge' });
  });

  it('is more members of gzip, and nothing of deflate but what is left of a checksum', () => {
    const gzipped = gzipSync(payload);
    const more = Buffer.concat([payload, payload]);
    expect(Buffer.from(opener(of('gzip'))(Buffer.concat([gzipped, gzipped])) as Uint8Array)).toEqual(more);
    for (const [kind, packed] of [
      ['deflate', deflateSync(payload)],
      ['deflateRaw', deflateRawSync(payload)],
    ] as const) {
      expect(opener(of(kind))(Buffer.concat([packed, packed]))).toMatchObject({
        error: 'InvalidEnvelope',
        message: expect.stringContaining(`got ${packed.length} bytes behind it`),
      });
    }
    expect(opener(of('deflateRaw'))(deflateSync(payload).subarray(2, -1))).toEqual(payload);
  });
});

describe('framed Snappy', () => {
  const open = opener(of('snappy'));

  it('is told by its first bytes', () => {
    expect(Buffer.from(open(framed) as Uint8Array).toString()).toBe('hello');
    expect(Buffer.from(open(Buffer.concat([framed, framed])) as Uint8Array).toString()).toBe('hellohello');
    const compressed = snappyCompress(Buffer.from('hello'));
    const length = compressed.length + 4;
    const chunk = Buffer.concat([Buffer.from([0, length, 0, 0, 0xbb, 0x1f, 0x1c, 0x19]), compressed]);
    expect(Buffer.from(open(Buffer.concat([framed.subarray(0, 10), chunk])) as Uint8Array).toString()).toBe('hello');
    expect(open(framed.subarray(0, 10))).toEqual(new Uint8Array());
  });

  it.each([
    ['another checksum', Buffer.from(framed).fill(0, 14, 15), 'checksum'],
    ['part of a chunk', framed.subarray(0, framed.length - 1), 'whole chunk'],
    ['a chunk of an unknown type', Buffer.concat([framed, Buffer.of(2, 0, 0, 0)]), 'type 2'],
    ['a chunk without a checksum', Buffer.concat([framed, Buffer.of(0, 1, 0, 0, 1)]), 'a checksum'],
  ])('fails with %s', (_, bytes, message) => {
    expect(open(bytes)).toMatchObject({ error: 'InvalidEnvelope', message: expect.stringContaining(message) });
  });

  it('is too large past its limit', () => {
    expect(opener(of({ kind: 'snappy', maxBytes: 9 }))(Buffer.concat([framed, framed]))).toMatchObject({
      error: 'TooLarge',
    });
  });
});

describe('base64 in JSON', () => {
  const open = opener(of({ kind: 'base64Json', field: 'detail.data', maxBytes: 300 }));
  const wrapped = (data: unknown) => Buffer.from(JSON.stringify({ id: 1, detail: { data } }));

  it('gives the bytes of the field', () => {
    expect(open(wrapped(payload.toString('base64')))).toEqual(payload);
  });

  it.each([
    ['no field', Buffer.from('{"detail":{}}'), 'InvalidEnvelope', '$.detail.data'],
    ['no object on the way', Buffer.from('{"detail":"x"}'), 'InvalidEnvelope', '$.detail.data'],
    ['a number', wrapped(5), 'InvalidEnvelope', '$.detail.data'],
    ['other text', wrapped('*'), 'InvalidEnvelope', '$.detail.data'],
    ['too much', wrapped(Buffer.alloc(400).toString('base64')), 'TooLarge', '$'],
    ['no JSON', Buffer.from('{'), 'InvalidJson', '$'],
  ])('fails with %s', (_, bytes, error, path) => {
    expect(open(bytes)).toMatchObject({ kind: 'failure', error, path });
  });
});

describe('several', () => {
  it('are opened from the outside in, for what is prepared too', async () => {
    const prepared: string[] = [];
    const decoder: PayloadDecoder = {
      async prepare(payloads) {
        for (const each of payloads) prepared.push(Buffer.from(each).toString());
      },
      decode: decodeJson,
    };
    const enveloped = inEnvelopes(decoder, of({ kind: 'base64Json', field: 'data' }, 'zstd', 'gzip'));
    const packed = Buffer.from(JSON.stringify({ data: zstdCompressSync(gzipSync(payload)).toString('base64') }));
    await enveloped.prepare([packed, Buffer.from('broken')]);
    expect(prepared).toEqual([payload.toString()]);
    expect(enveloped.decode(packed)).toMatchObject({ kind: 'record', record: { names: ['id', 'text'] } });
    expect(enveloped.decode(Buffer.from('broken'))).toMatchObject({ error: 'InvalidJson' });
  });

  it('open nothing where there is nothing to prepare, and are not there where none is named', () => {
    const decoder: PayloadDecoder = { prepare: noPreparation, decode: decodeJson };
    expect(inEnvelopes(decoder, of('gzip')).prepare).toBe(noPreparation);
    expect(inEnvelopes(decoder, [])).toBe(decoder);
  });
});
