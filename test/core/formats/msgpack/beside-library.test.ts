import { decode, encode } from '@msgpack/msgpack';
import { expect, it } from 'vitest';
import { DecodedInstant } from '#formats/decoded-time.ts';
import { DecodedList, DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import { msgpackDecoder } from '#formats/msgpack/msgpack-decoder.ts';
import { SeededRandom } from '../../../../scripts/local/seeded-random.ts';
import { randomObject } from '../../../fuzz/formats/random-values.ts';

const decoder = msgpackDecoder(
  { kind: 'msgpack', framing: 'none' },
  { registryOf: () => never(), schemaFile: () => never() },
);

function never(): never {
  throw new Error('expected nothing to be asked for');
}

/** A value as the library has it, which does not tell small integers from doubles. */
function plain(value: DecodedValue): unknown {
  if (typeof value === 'bigint')
    return BigInt.asIntN(33, value) === value || BigInt.asUintN(32, value) === value ? Number(value) : value;
  if (value instanceof DecodedInstant) return new Date(Number(value.micros / 1000n));
  if (value instanceof DecodedList) return value.items.map(plain);
  if (value instanceof DecodedRecord) {
    return Object.fromEntries(value.names.map((name, place) => [name, plain(value.values[place] as DecodedValue)]));
  }
  return value;
}

/** The library's value, its small integers of 64 bits as numbers, too. */
function same(value: unknown): unknown {
  if (typeof value === 'bigint') return plain(value);
  if (Array.isArray(value)) return value.map(same);
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, same(inner)]));
}

it('objects at random become what the library makes of them', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const payload = encode(randomObject(new SeededRandom(seed)), { useBigInt64: true });
    const decoded = decoder.decode(payload);
    if (decoded.kind === 'failure') throw new Error(`seed ${seed}: ${decoded.message}`);
    expect(plain(decoded.record), `seed ${seed}`).toEqual(same(decode(payload, { useBigInt64: true })));
  }
});
