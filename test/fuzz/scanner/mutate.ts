import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';

/** What breaks scanners: structure, escapes, controls, broken and overlong UTF-8, a byte-order mark. */
const pieces = [
  ...[
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '0',
    '-',
    '.',
    'e',
    'E',
    '+',
    'n',
    't',
    'f',
    'u',
    ' ',
    '\n',
    '\t',
    '\r',
    '\0',
  ],
  ...[
    '""',
    '\\"',
    '\\\\',
    '\\u',
    '{}',
    '[]',
    '"a":',
    ',"a":1',
    'null',
    'true',
    '\u00e9',
    '\u{1f600}',
    '\u001f',
    '\u007f',
  ],
].map((text) => Buffer.from(text));
const brokenUtf8 = [
  [0x80],
  [0xc0, 0x80],
  [0xc3],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x98],
  [0xf4, 0x90, 0x80, 0x80],
  [0xfe],
  [0xff],
  [0xef, 0xbb, 0xbf],
].map((bytes) => Buffer.from(bytes));

/** Around the parser's limit of 64 levels. */
function deep(random: SeededRandom): Buffer {
  const levels = random.pick([62, 63, 64, 65, 66, 500, 20_000]);
  const isList = random.next() < 0.5;
  const [open, close] = isList ? ['[', ']'] : ['{"a":', '}'];
  return Buffer.from(`${open.repeat(levels)}${random.pick(['1', 'null', isList ? '' : '{}'])}${close.repeat(levels)}`);
}

/** The payload with something done to it. */
export function mutated(payload: Buffer, other: Buffer, random: SeededRandom): Buffer {
  const at = random.integer(0, payload.length);
  const end = Math.min(payload.length, at + random.integer(1, random.next() < 0.7 ? 4 : 64));
  const [before, rest, after] = [payload.subarray(0, at), payload.subarray(at), payload.subarray(end)];
  switch (random.integer(0, 9)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, payload.subarray(at, end), rest]);
    case 3:
      return Buffer.concat([before, random.pick(pieces), rest]);
    case 4:
      return Buffer.concat([before, random.pick(pieces), after]);
    case 5:
      return Buffer.concat([before, random.pick(brokenUtf8), rest]);
    case 6: {
      const copy = Buffer.from(payload);
      if (at < copy.length) copy[at] = copy[at]! ^ (1 << random.integer(0, 7));
      return copy;
    }
    case 7:
      return Buffer.concat([before, other.subarray(random.integer(0, other.length))]);
    case 8:
      return withValue(payload, at, random.next() < 0.1 ? deep(random) : random.pick(pieces));
    default:
      return Buffer.concat([payload, random.pick(pieces)]);
  }
}

/** With another value for the field after this byte. */
function withValue(payload: Buffer, at: number, value: Buffer): Buffer {
  const colon = payload.indexOf(0x3a, at);
  const comma = payload.indexOf(0x2c, colon);
  if (colon < 0 || comma < 0) return payload;
  return Buffer.concat([payload.subarray(0, colon + 1), value, payload.subarray(comma)]);
}
