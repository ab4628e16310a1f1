import type { Buffer } from 'node:buffer';
import { type Decoded, type DecodeFailure, failure, noPreparation, type PayloadDecoder } from '../payload-decoder.ts';
import { type AvroBody, avroBody, bufferOf } from './avro-body.ts';
import { type ContainerHeader, fileOf, isContainer, readBlocks, readHeader } from './container-file.ts';
import { beginBytes, beginPayload } from './wire-types.ts';

/** What the files of one record that a payload is split into may take together: each repeats the schema. */
const maxSplitBytes = 128 * 1024 * 1024;
const maxRecords = 50_000;
/** Schemas whose readers are kept. */
const maxSchemas = 1_000;

interface OpenFile {
  header: ContainerHeader;
  records: { bytes: Buffer; decoded: Decoded }[];
}

/** Avro container files: a payload of many records is split into files of one record each, which are what `decode` reads. */
export function containerDecoder(): PayloadDecoder {
  const bodies = new Map<string, AvroBody | DecodeFailure>();
  /** What was decoded while a payload was split. */
  const split = new WeakMap<Uint8Array, Decoded>();

  function bodyOf(schema: string): AvroBody | DecodeFailure {
    let body = bodies.get(schema);
    if (body === undefined) {
      if (bodies.size >= maxSchemas) bodies.clear();
      body = avroBody(schema, [], undefined);
      bodies.set(schema, body);
    }
    return body;
  }

  function open(payload: Buffer): OpenFile | DecodeFailure {
    beginPayload();
    beginBytes(payload.length);
    const header = readHeader(payload);
    if ('kind' in header) return header;
    const body = bodyOf(header.schema);
    if ('kind' in body) return body;
    const records: OpenFile['records'] = [];
    const headBytes = header.schema.length;
    let splitBytes = 0;
    for (const block of readBlocks(payload, header)) {
      if ('kind' in block) return block;
      beginBytes(block.data.length);
      let start = 0;
      for (let left = block.count; left > 0; left--) {
        const read = body.readAt(block.data, start);
        if ('kind' in read) return { ...read, message: `record ${records.length}: ${read.message}` };
        const bytes = block.data.subarray(start, read.end);
        records.push({ bytes, decoded: read.decoded });
        splitBytes += headBytes + bytes.length;
        if (records.length > maxRecords || splitBytes > maxSplitBytes) {
          return failure(
            'TooLarge',
            `expected at most ${maxRecords} records, and ${maxSplitBytes} bytes of them with a schema each, got more`,
          );
        }
        start = read.end;
      }
      if (start < block.data.length) {
        return failure(
          'InvalidFraming',
          `expected ${block.count} records in a block, got ${block.data.length - start} bytes more`,
        );
      }
    }
    return { header, records };
  }

  return {
    prepare: noPreparation,

    split(payload) {
      if (!isContainer(payload)) return undefined;
      const opened = open(bufferOf(payload));
      if ('kind' in opened || opened.records.length < 2) return undefined;
      const file = fileOf(opened.header);
      return opened.records.map(({ bytes, decoded }) => {
        const part = file(bytes);
        split.set(part, decoded);
        return part;
      });
    },

    decode(payload) {
      const known = split.get(payload);
      if (known !== undefined) return known;
      const opened = open(bufferOf(payload));
      if ('kind' in opened) return opened;
      const [record] = opened.records;
      if (record !== undefined && opened.records.length === 1) return record.decoded;
      return failure('InvalidPayload', `expected a file of one record, got ${opened.records.length}`);
    },
  };
}
