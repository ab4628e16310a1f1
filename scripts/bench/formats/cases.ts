import { deflateSync, gunzipSync, gzipSync, inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decode as decodeMsgpack, encode as encodeMsgpack } from '@msgpack/msgpack';
import avsc from 'avsc';
import { snappyCompress, snappyUncompressor } from 'hysnappy';
import protobuf from 'protobufjs';
import { envelopeSettings } from '#contract/envelope-settings.ts';
import { formatSettings } from '#contract/format-settings.ts';
import { opener } from '#formats/envelope.ts';
import type { FormatPorts } from '#formats/format-ports.ts';
import { payloadDecoder } from '#formats/payload-formats.ts';
import type { FormatCase } from './case.ts';
import { type BenchRecord, recordsOf } from './records.ts';
import { type RecordSet, recordSchemas } from './schemas.ts';

type MakeCase = (set: RecordSet, count: number) => Promise<FormatCase>;

const portsOf = (schema: string): FormatPorts => ({
  registryOf: (name) => {
    throw new Error(`expected no registry, got ${name}`);
  },
  schemaFile: () => Buffer.from(schema),
});

const decoderOf = (format: unknown, schema = '') => payloadDecoder(formatSettings.parse(format), portsOf(schema));

const json: MakeCase = async (set, count) => {
  const decoder = await decoderOf('json');
  return {
    library: 'JSON.parse',
    payloads: recordsOf(set, count).map((record) => Buffer.from(JSON.stringify(record))),
    decode: (payload) => decoder.decode(payload),
    decodeByLibrary: (payload) => JSON.parse(payload.toString('utf8')),
  };
};

const protobufCase: MakeCase = async (set, count) => {
  const { proto } = recordSchemas[set];
  const root = protobuf.parse(proto, { keepCase: true }).root;
  root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {});
  const type = root.resolveAll().lookupType('bench.Record');
  const decoder = await decoderOf(
    { kind: 'protobuf', framing: 'none', schemaFile: 'bench.proto', message: 'bench.Record' },
    proto,
  );
  const payloadOf = ({ timestamp, ...record }: BenchRecord): Buffer => {
    const ms = Date.parse(timestamp);
    const at = { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
    return Buffer.from(type.encode(type.fromObject({ ...record, timestamp: at })).finish());
  };
  return {
    library: 'protobufjs',
    payloads: recordsOf(set, count).map(payloadOf),
    decode: (payload) => decoder.decode(payload),
    decodeByLibrary: (payload) => type.decode(payload),
  };
};

const avro: MakeCase = async (set, count) => {
  const schema = recordSchemas[set].avro;
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false });
  const decoder = await decoderOf({ kind: 'avro', framing: 'none', schemaFile: 'bench.avsc' }, JSON.stringify(schema));
  const payloadOf = ({ timestamp, ...record }: BenchRecord): Buffer => {
    const optional = { user_id: null, device_id: null, interaction_value: null, interaction_text: null };
    return type.toBuffer({ ...optional, ...record, timestamp: Date.parse(timestamp) * 1000 });
  };
  return {
    library: 'avsc',
    payloads: recordsOf(set, count).map(payloadOf),
    decode: (payload) => decoder.decode(payload),
    decodeByLibrary: (payload) => type.fromBuffer(payload),
  };
};

const msgpack: MakeCase = async (set, count) => {
  const decoder = await decoderOf('msgpack');
  const payloadOf = (record: BenchRecord): Buffer =>
    Buffer.from(encodeMsgpack({ ...record, timestamp: new Date(record.timestamp) }));
  return {
    library: '@msgpack/msgpack',
    payloads: recordsOf(set, count).map(payloadOf),
    decode: (payload) => decoder.decode(payload),
    decodeByLibrary: (payload) => decodeMsgpack(payload, { useBigInt64: true }),
  };
};

const texts = (set: RecordSet, count: number): Buffer[] =>
  recordsOf(set, count).map((record) => Buffer.from(JSON.stringify(record)));

const string: MakeCase = async (set, count) => {
  const decoder = await decoderOf('string');
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return {
    library: 'TextDecoder, strict',
    payloads: texts(set, count),
    decode: (payload) => decoder.decode(payload),
    decodeByLibrary: (payload) => ({ data: strict.decode(payload) }),
  };
};

const int64: MakeCase = async (_, count) => {
  const decoder = await decoderOf('int64');
  const payloadOf = (index: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(index) * 1_234_567_891n);
    return bytes;
  };
  return {
    library: 'readBigInt64BE',
    payloads: Array.from({ length: count }, (__, index) => payloadOf(index)),
    decode: (payload) => decoder.decode(payload),
    decodeByLibrary: (payload) => ({ value: payload.readBigInt64BE() }),
  };
};

const bytes: MakeCase = async (set, count) => {
  const decoder = await decoderOf('bytes');
  return {
    library: "toString('base64')",
    payloads: texts(set, count),
    decode: (payload) => decoder.decode(payload),
    decodeByLibrary: (payload) => ({ data: payload.toString('base64'), size: payload.length }),
  };
};

type Pack = (payload: Buffer) => Uint8Array;

/** An envelope's opening alone. */
const envelope =
  (kind: string, library: string, pack: Pack, unpack: (packed: Buffer) => unknown): MakeCase =>
  async (set, count) => {
    const open = opener(envelopeSettings.parse(kind));
    const decode = (payload: Uint8Array) => open(payload) as never;
    const payloads = texts(set, count).map((payload) => Buffer.from(pack(payload)));
    return { library, payloads, decode, decodeByLibrary: unpack };
  };

const uncompress = snappyUncompressor();

/** By the name of the format, or of an envelope. */
export const formatCases: Readonly<Record<string, MakeCase>> = {
  json,
  avro,
  protobuf: protobufCase,
  msgpack,
  string,
  int64,
  bytes,
  'envelope gzip': envelope('gzip', 'gunzipSync', gzipSync, (packed) => gunzipSync(packed)),
  'envelope zstd': envelope('zstd', 'zstdDecompressSync', zstdCompressSync, (packed) => zstdDecompressSync(packed)),
  'envelope deflate': envelope('deflate', 'inflateSync', deflateSync, (packed) => inflateSync(packed)),
  'envelope snappy': envelope('snappy', 'hysnappy', snappyCompress, (packed) => uncompress(packed, sizeOf(packed))),
};

/** What a Snappy block says it holds: records are of two bytes of length. */
const sizeOf = ([low = 0, high = 0]: Uint8Array): number => (low < 0x80 ? low : (low & 0x7f) | (high << 7));
