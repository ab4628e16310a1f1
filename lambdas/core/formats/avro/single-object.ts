import { Buffer } from 'node:buffer';
import { type DecodeFailure, failure, noPreparation, type PayloadDecoder } from '../payload-decoder.ts';
import { type AvroBody, bufferOf } from './avro-body.ts';
import { schemaFingerprint } from './fingerprint.ts';

const headerBytes = 10;

/**
 * Avro's single-object encoding: bytes C3 01, the fingerprint (CRC-64-AVRO) of the writer's schema with the lowest byte first, the
 * record. Writers' schemas are those that the settings name.
 */
export function singleObjectDecoder(schemas: readonly { text: string; body: AvroBody }[]): PayloadDecoder {
  const bodies = new Map(schemas.map(({ text, body }) => [schemaFingerprint(text).toString('hex'), body]));

  return {
    prepare: noPreparation,
    decode(payload) {
      const bytes = bufferOf(payload);
      if (bytes.length < headerBytes || bytes[0] !== 0xc3 || bytes[1] !== 0x01) return notFramed(bytes);
      const fingerprint = Buffer.from(bytes.subarray(2, headerBytes)).reverse().toString('hex');
      const body = bodies.get(fingerprint);
      if (body !== undefined) return body.decode(bytes.subarray(headerBytes));
      return {
        ...failure('UnknownSchema', `expected the fingerprint of a schema file, got ${fingerprint}`),
        type: { name: undefined, id: fingerprint },
      };
    },
  };
}

const notFramed = (bytes: Buffer): DecodeFailure =>
  failure(
    'InvalidFraming',
    `expected bytes 195 1 and a schema's fingerprint, got ${bytes.length === 0 ? 'none' : `bytes ${[...bytes.subarray(0, headerBytes)].join(' ')}`}`,
  );
