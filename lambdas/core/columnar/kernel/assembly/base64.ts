const firstCharacter: u32 = 0x2b;
/** The six bits of each character from "+" to "z"; 255 for those that are none of base64. */
const bits: usize = memory.data<u8>([
  62, 255, 255, 255, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6,
  7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 255, 255, 255, 255, 255, 255, 26, 27, 28, 29,
  30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
]);

function bitsAt(p: usize): u32 {
  const place = <u32>load<u8>(p) - firstCharacter;
  return place > 0x7a - firstCharacter ? 255 : <u32>load<u8>(bits + <usize>place);
}

/** Decodes base64 (RFC 4648, padded, no bits left over) to `out`; answers where that ends, 0 where it is none. */
export function decodeBase64(p: usize, end: usize, out: usize): usize {
  if (((end - p) & 3) != 0) return 0;
  if (p == end) return out;
  const padding: usize = load<u8>(end - 1) != 0x3d ? 0 : load<u8>(end - 2) != 0x3d ? 1 : 2;
  const last = padding == 0 ? end : end - 4;
  for (; p < last; p += 4, out += 3) {
    const group = (bitsAt(p) << 18) | (bitsAt(p + 1) << 12) | (bitsAt(p + 2) << 6) | bitsAt(p + 3);
    if ((bitsAt(p) | bitsAt(p + 1) | bitsAt(p + 2) | bitsAt(p + 3)) > 63) return 0;
    store<u8>(out, <u8>(group >> 16));
    store<u8>(out, <u8>(group >> 8), 1);
    store<u8>(out, <u8>group, 2);
  }
  if (padding == 0) return out;
  const first = bitsAt(p);
  const second = bitsAt(p + 1);
  const third = padding == 1 ? bitsAt(p + 2) : 0;
  if ((first | second | third) > 63) return 0;
  if (padding == 2) {
    if ((second & 15) != 0) return 0;
    store<u8>(out, <u8>((first << 2) | (second >> 4)));
    return out + 1;
  }
  if ((third & 3) != 0) return 0;
  store<u8>(out, <u8>((first << 2) | (second >> 4)));
  store<u8>(out, <u8>((second << 4) | (third >> 2)), 1);
  return out + 2;
}
