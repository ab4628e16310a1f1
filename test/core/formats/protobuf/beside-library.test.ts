import { expect, it } from 'vitest';
import { DecodedList, DecodedMap, DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import { SeededRandom } from '../../../../scripts/local/seeded-random.ts';
import { randomMessage } from '../../../fuzz/formats/random-message.ts';
import { TestMessage } from './protobuf.ts';

const message = new TestMessage(
  `
  syntax = "proto3";
  enum Colour { NONE = 0; RED = 1; GREEN = 2; LAST = -5; }
  message Everything {
    double a = 1; float b = 2; int32 c = 3; int64 d = 4; uint32 e = 5; uint64 f = 6; sint32 g = 7; sint64 h = 8;
    fixed32 i = 9; fixed64 j = 10; sfixed32 k = 11; sfixed64 l = 12; bool m = 13; string n = 14; bytes o = 15; Colour p = 16;
    Everything inner = 17; repeated Everything many = 18; repeated int64 packed = 19; repeated sint32 loose = 20 [packed = false];
    repeated string words = 21; map<string, int32> counts = 22; map<int64, Everything> by = 23; optional int32 maybe = 24;
    repeated Colour colours = 25; repeated double doubles = 26; repeated bytes pieces = 27; optional string note = 2000;
  }`,
  'Everything',
);

/** A value as the library's `toObject` has it: 64-bit integers and keys of maps are texts. */
function plain(value: DecodedValue): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof DecodedList) return value.items.map(plain);
  if (value instanceof DecodedMap)
    return Object.fromEntries(value.entries.map(([key, inner]) => [String(key), plain(inner)]));
  if (value instanceof DecodedRecord) {
    return Object.fromEntries(value.names.map((name, place) => [name, plain(value.values[place] as DecodedValue)]));
  }
  return value;
}

/** The library's object with what it leaves out or has otherwise: null for nothing, integers as texts, bytes as hexadecimals. */
function withNulls(object: Record<string, unknown>): Record<string, unknown> {
  const fields = message.type.fieldsArray.map(({ name, type, map }) => [name, fieldOf(object[name], type, map)]);
  return Object.fromEntries(fields);
}

function fieldOf(value: unknown, type: string, isMap: boolean): unknown {
  if (value === undefined || value === null) return null;
  if (isMap) {
    const entries = Object.entries(value as Record<string, unknown>);
    return Object.fromEntries(entries.map(([key, inner]) => [key, fieldOf(inner, type, false)]));
  }
  if (Array.isArray(value)) return value.map((item) => fieldOf(item, type, false));
  if (type === 'Everything') return withNulls(value as Record<string, unknown>);
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('hex');
  if (/^[su]?(int|fixed|int)\d\d$|^sfixed\d\d$/.test(type)) return String(value);
  return typeof value === 'number' && type === 'Colour' ? String(value) : value;
}

it('messages at random become what the library makes of them', () => {
  for (let seed = 1; seed <= 120; seed++) {
    const bytes = randomMessage(message.type, new SeededRandom(seed), 2);
    const record = message.decode(bytes);
    if ('error' in record) throw new Error(`seed ${seed}: ${record.message}`);
    const decoded = message.type.decode(bytes);
    const options = { longs: String, enums: String, defaults: true, arrays: true, objects: true };
    expect(plain(record), `seed ${seed}`).toEqual(withNulls(message.type.toObject(decoded, options)));
  }
});
