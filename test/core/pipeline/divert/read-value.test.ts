import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DataType } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { decodeJson } from '#formats/json.ts';
import { coercionTo } from '#pipeline/coerce/coerce-value.ts';
import { jsonOf } from '#pipeline/divert/read-value.ts';

/** As a redrive reads a diverted row. */
function readAgain(value: Value, type: DataType): unknown {
  const decoded = decodeJson(Buffer.from(`{"v":${jsonOf(value, type)}}`));
  if (decoded.kind !== 'record') throw new Error(decoded.message);
  return coercionTo(type)(decoded.record.values[0] as never);
}

const finite = { noNaN: true, noDefaultInfinity: true };

test('doubles and floats of diverted rows come home as they were, whole ones beyond 2^53 too', () => {
  for (const value of [2 ** 60, -(2 ** 63), 1.5, -0, 1e300, 5e-324, 2 ** 53]) {
    expect(readAgain(value, 'double')).toBe(value);
  }
  const comesHome = (type: string) => (value: number) => {
    expect(readAgain(value, type)).toBe(value);
  };
  fc.assert(fc.property(fc.double(finite), comesHome('double')));
  fc.assert(fc.property(fc.float(finite), comesHome('float')));
});

test('maps of diverted rows come home with their keys, and with those that have no value', () => {
  const map = (keyType: DataType, valueType: DataType): DataType => ({
    ...{ type: 'map', keyType, valueType, valueContainsNull: true },
  });
  const micros = 1_700_000_000_123_456n;
  const struct: DataType = { type: 'struct', fields: [{ name: 'a', type: 'long', nullable: true, metadata: {} }] };
  for (const [type, key, made] of [
    ['string', 'null', 'null'],
    ['long', 2n ** 60n, 2n ** 60n],
    ['decimal(5,2)', '1.50', 150n],
    ['timestamp', micros, micros],
    ['date', '2026-11-22', 20_779],
    ['binary', Uint8Array.of(0, 255), Buffer.of(0, 255)],
  ] as const) {
    expect(readAgain(new Map<Value, Value>([[key, 1n]]), map(type, 'long'))).toEqual([[made, 1n]]);
    expect(readAgain(new Map<Value, Value>([[key, null]]), map(type, 'long'))).toEqual([[made, null]]);
    expect(readAgain(new Map<Value, Value>([[key, { a: null }]]), map(type, struct))).toEqual([[made, [null]]]);
  }
});
