import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { Type } from 'avsc';
import type { EnvelopeSettings } from '#contract/envelope-settings.ts';
import { opener } from '../envelope.ts';
import { type DecodeFailure, failure } from '../payload-decoder.ts';
import { BlocksType, BytesType, FieldsType, wireType } from './wire-types.ts';

/** What a container file says before its records ("Object Container Files" in Avro's specification). */
export interface ContainerHeader {
  schema: string;
  codec: string;
  /** Where its blocks begin. */
  endByte: number;
  sync: Buffer;
}

/** Records of a container file, as many as `count`, one behind the other. */
export interface ContainerBlock {
  count: number;
  data: Buffer;
}

const magic = Buffer.from('Obj\x01', 'latin1');
const syncBytes = 16;
/** What the blocks of one file may become, taken together. */
const maxBytes = 64 * 1024 * 1024;
const checksumBytes = 4;

const headerType = new FieldsType(
  ['magic', 'meta', 'sync'],
  [
    new BytesType(magic.length),
    new BlocksType(
      new FieldsType(['key', 'value'], [wireType('string'), new BytesType()], (entry) => entry),
      (entries) => new Map(entries),
    ),
    new BytesType(syncBytes),
  ],
  ([, meta, sync]: unknown[]) => ({ meta, sync }),
);

const blockType = new FieldsType(
  ['count', 'data', 'sync'],
  [wireType('long'), new BytesType(), new BytesType(syncBytes)],
  ([count, data, sync]: unknown[]) => ({ count, data, sync }),
);

const magicType = wireType({ type: 'fixed', name: 'magic', size: magic.length });
const syncType = wireType({ type: 'fixed', name: 'sync', size: syncBytes });

/** As headers and blocks are written; avsc's own types are for no bytes from outside. */
const writtenHeaderType = wireType({
  type: 'record',
  name: 'header',
  fields: [
    { name: 'magic', type: magicType },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: syncType },
  ],
});
const writtenBlockType = wireType({
  type: 'record',
  name: 'block',
  fields: [
    { name: 'count', type: 'long' },
    { name: 'data', type: 'bytes' },
    { name: 'sync', type: syncType },
  ],
});

interface HeaderValue {
  meta: ReadonlyMap<string, Buffer>;
  sync: Buffer;
}

interface BlockValue {
  count: number;
  data: Buffer;
  sync: Buffer;
}

export const isContainer = (payload: Uint8Array): boolean => magic.every((byte, index) => payload[index] === byte);

export function readHeader(payload: Buffer): ContainerHeader | DecodeFailure {
  if (!isContainer(payload)) {
    return failure(
      'InvalidFraming',
      `expected a container file of Avro, got bytes ${[...payload.subarray(0, 4)].join(' ')}`,
    );
  }
  const read = readAt<HeaderValue>(headerType, payload, 0);
  if ('kind' in read) return read;
  const { meta, sync } = read.value;
  const schema = meta.get('avro.schema');
  if (schema === undefined) return failure('InvalidFraming', 'expected a container file with a schema, got none');
  return {
    schema: schema.toString('utf8'),
    codec: meta.get('avro.codec')?.toString('utf8') ?? 'null',
    endByte: read.endByte,
    sync,
  };
}

/** Blocks of a file, unpacked; ends with a failure where one is not as it must be. */
export function* readBlocks(payload: Buffer, header: ContainerHeader): Generator<ContainerBlock | DecodeFailure> {
  let leftBytes = maxBytes;
  for (let at = header.endByte; at < payload.length; ) {
    const read = readAt<BlockValue>(blockType, payload, at);
    if ('kind' in read) return yield read;
    const { count, data, sync } = read.value;
    if (!sync.equals(header.sync))
      return yield failure('InvalidFraming', `expected the file's marker before byte ${read.endByte}`);
    if (count < 0) return yield failure('InvalidFraming', `expected a count of records at byte ${at}, got ${count}`);
    const unpacked = unpack(header.codec, data, leftBytes);
    if (!(unpacked instanceof Uint8Array)) return yield unpacked;
    leftBytes -= unpacked.length;
    yield { count, data: Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.length) };
    at = read.endByte;
  }
}

/** A container file of one record, uncompressed, for the same readers as the file that it is out of. */
export function fileOf({ schema, sync }: ContainerHeader): (record: Buffer) => Buffer {
  const meta = { 'avro.schema': Buffer.from(schema), 'avro.codec': Buffer.from('null') };
  const head = writtenHeaderType.toBuffer({ magic, meta, sync });
  return (record) => Buffer.concat([head, writtenBlockType.toBuffer({ count: 1, data: record, sync })]);
}

function readAt<Value>(type: Type, bytes: Buffer, start: number): { value: Value; endByte: number } | DecodeFailure {
  try {
    const { value, offset } = type.decode(bytes, start);
    if (offset !== undefined && offset >= 0) return { value: value as Value, endByte: offset };
  } catch (error) {
    return failure('InvalidFraming', `expected a container file of Avro: ${(error as Error).message}`);
  }
  return failure('InvalidFraming', 'expected more bytes of a container file, got its end');
}

const envelopes: Readonly<Record<string, EnvelopeSettings['kind'] & ('deflateRaw' | 'snappy' | 'zstd')>> = {
  deflate: 'deflateRaw',
  snappy: 'snappy',
  zstandard: 'zstd',
};

function unpack(codec: string, data: Buffer, leftBytes: number): Uint8Array | DecodeFailure {
  if (codec === 'null') return data;
  const kind = Object.hasOwn(envelopes, codec) ? envelopes[codec] : undefined;
  if (kind === undefined) {
    const known = ['null', ...Object.keys(envelopes)].join(', ');
    return failure('InvalidFraming', `expected a file packed by ${known}, got ${JSON.stringify(codec)}`);
  }
  // A limit of nothing is none to zlib.
  const open = opener([{ kind, maxBytes: Math.max(1, leftBytes) }]);
  if (kind !== 'snappy') return open(data);
  const unpacked = open(data.subarray(0, -checksumBytes));
  if (!(unpacked instanceof Uint8Array)) return unpacked;
  const isWhole = data.length >= checksumBytes && crc32(unpacked) === data.readUInt32BE(data.length - checksumBytes);
  return isWhole
    ? unpacked
    : failure('InvalidFraming', 'expected the checksum of a block packed by snappy, got another');
}
