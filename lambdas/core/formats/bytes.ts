import { Buffer } from 'node:buffer';
import { DecodedRecord } from './decoded-value.ts';
import { type Decoded, noPreparation, type PayloadDecoder, type PayloadType } from './payload-decoder.ts';

const names = ['data', 'size'];

const type: PayloadType = {
  name: undefined,
  id: undefined,
  columns: {
    type: 'struct',
    fields: [
      { name: 'data', type: 'string', nullable: true, metadata: {} },
      { name: 'size', type: 'long', nullable: true, metadata: {} },
    ],
  },
};

/** Any bytes become `{data, size}`: base64 (RFC 4648, padded), and how many bytes there are. */
export const bytesDecoder: PayloadDecoder = {
  prepare: noPreparation,
  decode(payload): Decoded {
    const data = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
    return { kind: 'record', record: new DecodedRecord(names, [data, BigInt(payload.length)]), type };
  },
};
