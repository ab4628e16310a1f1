import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import avsc from 'avsc';
import { snappyCompress } from 'hysnappy';
import protobuf from 'protobufjs';
import { schemaFingerprint } from '#formats/avro/fingerprint.ts';
import { anyJson } from '../scanner/random-json.ts';
import type { FuzzedFormat } from './fuzzed-format.ts';
import { randomAvro } from './random-avro.ts';
import { randomMessage } from './random-message.ts';
import { randomInteger, randomObject, randomText } from './random-values.ts';

const everything = protobuf.parse(readFileSync(join(import.meta.dirname, 'schemas/everything.proto'), 'utf8'), {
  keepCase: true,
}).root;
for (const file of ['any', 'duration', 'field_mask', 'struct', 'timestamp', 'wrappers']) {
  everything.addJSON(protobuf.common.get(`google/protobuf/${file}.proto`)?.nested ?? {});
}
everything.resolveAll();
const message = everything.lookupType('fuzz.Everything');

const json: FuzzedFormat = {
  settings: () => 'format: json',
  payload: (random) => {
    for (;;) {
      const text = `{"id":${random.integer(0, 99)},"value":${anyJson(random)}}`;
      if (isJson(text)) return Buffer.from(text);
    }
  },
};

/** Random JSON is broken now and then, or has a name twice, which `JSON.parse` lets pass. */
function isJson(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)).length > 0 && !/"(\w+)":[^{}[\]]*"\1":/.test(text) && !text.includes('\\u');
  } catch {
    return false;
  }
}

const msgpack: FuzzedFormat = {
  settings: (random) =>
    random.next() < 0.5 ? 'format: msgpack' : 'format: { kind: msgpack, schemaFile: schemas/trade.msgpack.json }',
  payload(random, settings) {
    if (!settings.includes('schemaFile')) return encode(randomObject(random), { useBigInt64: true });
    const fields = [randomInteger(random), random.next() * 100, randomText(random), [[1, 'a'], { x: 2 }], { k: 1.5 }];
    const byName = { id: fields[0], price: fields[1], note: fields[2], legs: fields[3], tags: fields[4] };
    return encode(random.next() < 0.5 ? fields : byName, { useBigInt64: true });
  },
};

const string: FuzzedFormat = {
  settings: () => 'format: string',
  payload: (random) => Buffer.from(randomText(random)),
};

const int64: FuzzedFormat = {
  settings: () => 'format: int64',
  payload(random) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(randomInteger(random));
    return bytes;
  },
};

const bytes: FuzzedFormat = {
  settings: () => 'format: bytes',
  payload: (random) => Uint8Array.from({ length: random.integer(0, 100) }, () => random.integer(0, 255)),
};

const protobufFormat: FuzzedFormat = {
  settings: () =>
    'format: { kind: protobuf, framing: none, schemaFile: schemas/everything.proto, message: fuzz.Everything }',
  payload: (random) => randomMessage(message, random),
};

const packers: Record<string, (payload: Uint8Array) => Uint8Array> = {
  gzip: gzipSync,
  zstd: zstdCompressSync,
  snappy: snappyCompress,
  deflate: deflateSync,
  deflateRaw: deflateRawSync,
  '{ kind: base64Json, field: data }': (payload) =>
    Buffer.from(JSON.stringify({ id: 1, data: Buffer.from(payload).toString('base64') })),
};

const envelope: FuzzedFormat = {
  settings(random) {
    const kinds = Array.from({ length: random.integer(1, 3) }, () => random.pick(Object.keys(packers)));
    return `format: bytes\n    envelope: [${kinds.join(', ')}]`;
  },
  payload(random, settings) {
    const kinds = [...settings.matchAll(/\{[^}]*\}|gzip|zstd|snappy|deflateRaw|deflate/g)].map(([kind]) => kind);
    const size = random.pick([0, 1, 50, 3_000]);
    let payload: Uint8Array = Uint8Array.from({ length: size }, (_, at) => (at * random.integer(0, 3)) & 0xff);
    for (const kind of kinds.reverse()) payload = packers[kind]?.(payload) as Uint8Array;
    return payload;
  },
};

const avroText = readFileSync(join(import.meta.dirname, 'schemas/everything.avsc'), 'utf8');
const avroType = avsc.Type.forSchema(JSON.parse(avroText), { wrapUnions: true });
const codecs = ['null', 'deflate', 'zstandard'] as const;
const codecPackers = { null: (data: Buffer) => data, deflate: deflateRawSync, zstandard: zstdCompressSync };

const avro: FuzzedFormat = {
  settings: (random) =>
    random.next() < 0.2
      ? 'format: { kind: avro, framing: container }'
      : `format: { kind: avro, framing: ${random.pick(['none', 'single'])}, schemaFile: schemas/everything.avsc }`,
  payload(random, settings) {
    const record = avroType.toBuffer(randomAvro(avroType, random));
    if (settings.includes('container')) return containerOf(record, random.pick(codecs));
    if (settings.includes('none')) return record;
    return Buffer.concat([Buffer.of(0xc3, 0x01), schemaFingerprint(avroText).reverse(), record]);
  },
};

/** A file of one record. */
function containerOf(record: Buffer, codec: (typeof codecs)[number]): Buffer {
  const sync = Buffer.alloc(16, 7);
  const meta = { 'avro.schema': Buffer.from(avroText), 'avro.codec': Buffer.from(codec) };
  return Buffer.concat([
    Buffer.from('Obj\x01', 'latin1'),
    avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer(meta),
    sync,
    Buffer.of(2),
    avsc.Type.forSchema('bytes').toBuffer(codecPackers[codec](record)),
    sync,
  ]);
}

/** By the name that `npm run fuzz --` takes. */
export const fuzzedFormats: Readonly<Record<string, FuzzedFormat>> = {
  avro,
  protobuf: protobufFormat,
  msgpack,
  string,
  int64,
  bytes,
  envelope,
  json,
};
