/** The six bits of each character of base64; 255 for all others. */
const bits: usize = memory.data(256, 16);
let isReady: bool = false;

function fillBits(): void {
  memory.fill(bits, 255, 256);
  for (let value: u8 = 0; value < 26; value++) {
    store<u8>(bits + 0x41 + <usize>value, value);
    store<u8>(bits + 0x61 + <usize>value, value + 26);
  }
  for (let value: u8 = 0; value < 10; value++) store<u8>(bits + 0x30 + <usize>value, value + 52);
  store<u8>(bits + 0x2b, 62);
  store<u8>(bits + 0x2f, 63);
  isReady = true;
}

function bitsAt(p: usize): u32 {
  return <u32>load<u8>(bits + <usize>load<u8>(p));
}

/** Decodes base64 (RFC 4648, padded, no bits left over) to `out`; answers where that ends, 0 where it is none. */
export function decodeBase64(p: usize, end: usize, out: usize): usize {
  if (!isReady) fillBits();
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
