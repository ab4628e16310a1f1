import { Buffer, isUtf8 } from 'node:buffer';
import { DecodedRecord } from './decoded-value.ts';
import { type Decoded, failure, noPreparation, type PayloadDecoder, type PayloadType } from './payload-decoder.ts';

const names = ['data'];

const type: PayloadType = {
  name: undefined,
  id: undefined,
  columns: { type: 'struct', fields: [{ name: 'data', type: 'string', nullable: true, metadata: {} }] },
};

/** UTF-8 text becomes `{data}`. */
export const stringDecoder: PayloadDecoder = {
  prepare: noPreparation,
  decode(payload): Decoded {
    if (!isUtf8(payload)) return failure('InvalidUtf8', `expected UTF-8, got ${payload.length} bytes that are not`);
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
    return { kind: 'record', record: new DecodedRecord(names, [text]), type };
  },
};
