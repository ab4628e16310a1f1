import { DecodedRecord } from './decoded-value.ts';
import { type Decoded, failure, noPreparation, type PayloadDecoder, type PayloadType } from './payload-decoder.ts';

const names = ['value'];

const type: PayloadType = {
  name: undefined,
  id: undefined,
  columns: { type: 'struct', fields: [{ name: 'value', type: 'long', nullable: true, metadata: {} }] },
};

/** Two words of a value: every Lambda's processor has the lower one first. */
const words = new Int32Array(2);
const values = new BigInt64Array(words.buffer);

const wordAt = (payload: Uint8Array, at: number): number =>
  (payload[at]! << 24) | (payload[at + 1]! << 16) | (payload[at + 2]! << 8) | payload[at + 3]!;

/** Eight bytes, a signed integer with the highest first, become `{value}`. */
export const int64Decoder: PayloadDecoder = {
  prepare: noPreparation,
  decode(payload): Decoded {
    if (payload.length !== 8) return failure('InvalidPayload', `expected 8 bytes of an int64, got ${payload.length}`);
    words[1] = wordAt(payload, 0);
    words[0] = wordAt(payload, 4);
    return { kind: 'record', record: new DecodedRecord(names, [values[0] as bigint]), type };
  },
};
