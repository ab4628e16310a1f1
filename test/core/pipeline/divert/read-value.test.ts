import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeJson } from '#formats/json.ts';
import { coercionTo } from '#pipeline/coerce/coerce-value.ts';
import { jsonOf } from '#pipeline/divert/read-value.ts';

/** As a redrive reads a diverted row. */
function readAgain(value: number, type: string): unknown {
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
