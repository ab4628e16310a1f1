const quote: u8 = 0x22;
const backslash: u8 = 0x5c;

/** Where the text of the last `unescape` ends. */
export let unescapedEnd: usize = 0;

/** The first quote, backslash or control character from here on: there is one behind every record. */
export function plainEnd(p: usize): usize {
  const quotes = i8x16.splat(0x22);
  const backslashes = i8x16.splat(0x5c);
  const spaces = i8x16.splat(0x20);
  while (true) {
    const bytes = v128.load(p);
    const special = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)), i8x16.lt_u(bytes, spaces)),
    );
    if (special != 0) return p + <usize>ctz(special);
    p += 16;
  }
}

/**
 * Reads on from the first backslash of a text that starts at `start`, and writes all of it to `out`. Answers where the closing quote
 * stands; 0 where an escape is none of JSON's, or half of a surrogate pair.
 */
export function unescape(start: usize, firstEscape: usize, out: usize): usize {
  let p = firstEscape;
  memory.copy(out, start, p - start);
  out += p - start;
  while (true) {
    const c = load<u8>(p);
    if (c == quote) {
      unescapedEnd = out;
      return p;
    }
    if (c != backslash) {
      if (c < 0x20) return 0;
      const end = plainEnd(p);
      for (let from = p; from < end; from += 16, out += 16) v128.store(out, v128.load(from));
      out -= (16 - ((end - p) & 15)) & 15;
      p = end;
      continue;
    }
    const letter = load<u8>(p, 1);
    p += 2;
    if (letter != 0x75) {
      const meant = escaped(letter);
      if (meant == 0) return 0;
      store<u8>(out++, meant);
      continue;
    }
    let code = hex4(p);
    if (code < 0) return 0;
    p += 4;
    if (code >= 0xd800 && code < 0xe000) {
      if (code >= 0xdc00 || load<u16>(p) != 0x755c) return 0;
      const low = hex4(p + 2);
      if (low < 0xdc00 || low >= 0xe000) return 0;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      p += 6;
    }
    out = writeUtf8(out, code);
  }
}

/** The character that a letter behind a backslash stands for; 0 for none. */
function escaped(letter: u8): u8 {
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter;
    case 0x62:
      return 8;
    case 0x66:
      return 12;
    case 0x6e:
      return 10;
    case 0x72:
      return 13;
    case 0x74:
      return 9;
    default:
      return 0;
  }
}

/** Four hexadecimal digits; negative where they are none. */
function hex4(p: usize): i32 {
  let value: i32 = 0;
  for (let end = p + 4; p < end; p++) {
    const c = <u32>load<u8>(p);
    let digit = c - 0x30;
    if (digit > 9) {
      digit = (c | 0x20) - 0x61;
      if (digit > 5) return -1;
      digit += 10;
    }
    value = (value << 4) | digit;
  }
  return value;
}

function writeUtf8(out: usize, code: i32): usize {
  if (code < 0x80) {
    store<u8>(out, code);
    return out + 1;
  }
  if (code < 0x800) {
    store<u8>(out, 0xc0 | (code >> 6));
    store<u8>(out, 0x80 | (code & 0x3f), 1);
    return out + 2;
  }
  if (code < 0x10000) {
    store<u8>(out, 0xe0 | (code >> 12));
    store<u8>(out, 0x80 | ((code >> 6) & 0x3f), 1);
    store<u8>(out, 0x80 | (code & 0x3f), 2);
    return out + 3;
  }
  store<u8>(out, 0xf0 | (code >> 18));
  store<u8>(out, 0x80 | ((code >> 12) & 0x3f), 1);
  store<u8>(out, 0x80 | ((code >> 6) & 0x3f), 2);
  store<u8>(out, 0x80 | (code & 0x3f), 3);
  return out + 4;
}
