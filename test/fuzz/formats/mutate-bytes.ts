import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';

/** Bytes that mean much to binary formats: ends, signs, lengths, tags, heads of the largest containers. */
const telling = [
  0, 1, 2, 3, 4, 5, 8, 10, 0x7f, 0x80, 0x81, 0xc0, 0xc1, 0xc7, 0xca, 0xd9, 0xdc, 0xdd, 0xde, 0xdf, 0xfe, 0xff,
];
const lengths = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0xdd, 0x7f, 0xff, 0xff, 0xff],
  [0xdf, 0x00, 0x10, 0x00, 0x00],
  [0xc3, 0x28],
  [0xed, 0xa0, 0x80],
];
const mostBytes = 200_000;

/** The payload with one to four things done to it. */
export function mutatedBytes(payload: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  let bytes: Buffer = Buffer.from(payload);
  const times = random.next() < 0.6 ? 1 : random.integer(2, 4);
  for (let left = times; left > 0; left--) bytes = mutatedOnce(bytes, other, random);
  return bytes.subarray(0, mostBytes);
}

function mutatedOnce(bytes: Buffer, other: Uint8Array, random: SeededRandom): Buffer {
  const at = random.integer(0, bytes.length);
  const end = Math.min(bytes.length, at + random.integer(1, random.next() < 0.7 ? 4 : 64));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(end)];
  const one = Buffer.of(random.next() < 0.5 ? random.pick(telling) : random.integer(0, 255));
  switch (random.integer(0, 9)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, bytes.subarray(at, end), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([before, one, bytes.subarray(at)]);
    case 4:
      return Buffer.concat([before, one, after]);
    case 5:
      return Buffer.concat([before, Buffer.from(random.pick(lengths)), after]);
    case 6: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = copy[at]! ^ (1 << random.integer(0, 7));
      return copy;
    }
    case 7:
      return Buffer.concat([before, other.subarray(random.integer(0, other.length))]);
    case 8:
      return Buffer.concat(new Array(random.integer(2, 40)).fill(bytes.subarray(at, end)));
    default:
      return Buffer.concat([
        before,
        ...new Array(random.pick([2, 100, 70, 3_000])).fill(bytes.subarray(at, end)),
        after,
      ]);
  }
}
