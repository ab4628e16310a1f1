import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';

const texts = [
  '',
  'a',
  'Basel',
  'Zürich im März',
  '\u{1f600}',
  '日本語',
  '\0',
  '"',
  'x'.repeat(300),
  '2026-11-21T12:00:00Z',
  '12.50',
];

export const randomText = (random: SeededRandom): string =>
  random.next() < 0.5 ? random.pick(texts) : random.next().toString(36).slice(2);

const doubles = [0, -0, 1, -1.5, 0.1, 1e300, 5e-324, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];

export const randomDouble = (random: SeededRandom): number =>
  random.next() < 0.4 ? random.pick(doubles) : (random.next() - 0.5) * 10 ** random.integer(-5, 10);

const integers = [0n, 1n, -1n, 127n, 128n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];

/** Of 64 bits, signed. */
export const randomInteger = (random: SeededRandom): bigint =>
  random.next() < 0.5 ? random.pick(integers) : BigInt(random.integer(-(2 ** 40), 2 ** 40));

/** A value as `@msgpack/msgpack` writes it. */
export function randomValue(random: SeededRandom, depth = 3): unknown {
  switch (random.integer(0, depth > 0 ? 9 : 6)) {
    case 0:
      return null;
    case 1:
      return random.next() < 0.5;
    case 2:
      return randomText(random);
    case 3:
      return random.integer(-(2 ** 33), 2 ** 33);
    case 4:
      return randomInteger(random);
    case 5:
      return random.next() < 0.7 ? randomDouble(random) : new Date(random.integer(0, 2 ** 41));
    case 6:
      return Uint8Array.from({ length: random.integer(0, 20) }, () => random.integer(0, 255));
    case 7:
      return Array.from({ length: random.integer(0, 5) }, () => randomValue(random, depth - 1));
    default:
      return randomObject(random, depth - 1);
  }
}

export const randomObject = (random: SeededRandom, depth = 3): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: random.integer(0, 6) }, (_, place) => [
      `${random.pick(['id', 'name', 'at', 'ä', ''])}${place}`,
      randomValue(random, depth),
    ]),
  );
