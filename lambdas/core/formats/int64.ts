import { DecodedRecord } from './decoded-value.ts';
import { type Decoded, failure, noPreparation, type PayloadDecoder, type PayloadType } from './payload-decoder.ts';

const names = ['value'];

const type: PayloadType = {
  name: undefined,
  id: undefined,
  columns: { type: 'struct', fields: [{ name: 'value', type: 'long', nullable: true, metadata: {} }] },
};

/** Eight bytes, a signed integer with the highest first, become `{value}`. */
export const int64Decoder: PayloadDecoder = {
  prepare: noPreparation,
  decode(payload): Decoded {
    if (payload.length !== 8) return failure('InvalidPayload', `expected 8 bytes of an int64, got ${payload.length}`);
    const value = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getBigInt64(0);
    return { kind: 'record', record: new DecodedRecord(names, [value]), type };
  },
};
