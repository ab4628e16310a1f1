import { CorruptLog } from './errors.ts';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const digits: ReadonlyMap<string, number> = new Map([...alphabet].map((character, digit) => [character, digit]));

/**
 * Bytes of a text in Z85 (ZeroMQ's RFC 32): five characters stand for four bytes, most significant first.
 *
 * @throws {CorruptLog} for any other text.
 */
export function decodeZ85(text: string): Uint8Array {
  if (text.length % 5 !== 0)
    throw new CorruptLog(`expected Z85 in groups of 5 characters, got ${text.length}: ${text}`);
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let group = 0; group < text.length / 5; group++) {
    let value = 0;
    for (const character of text.slice(group * 5, group * 5 + 5)) {
      const digit = digits.get(character);
      if (digit === undefined) throw new CorruptLog(`expected Z85, got the character "${character}" in ${text}`);
      value = value * 85 + digit;
    }
    if (value > 0xffff_ffff) throw new CorruptLog(`expected Z85 of 32 bits in each group, got ${text}`);
    view.setUint32(group * 4, value);
  }
  return bytes;
}
