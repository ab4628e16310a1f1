import { Buffer, isUtf8 } from 'node:buffer';

/** Node's own, which takes any bytes: a `Buffer` around each payload costs as much as a field. */
const { utf8Slice } = Buffer.prototype as unknown as {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
};

/** Strings below this are put together faster than Node is called for them; beyond, V8 would make ropes of them. */
const shortBytes = 13;

/** The text of some UTF-8; nothing where it is none: a reader that puts U+FFFD for what it cannot read would lose it. */
export function utf8Text(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < shortBytes) {
    let text = '';
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  const text = utf8Slice.call(bytes, start, end);
  return text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)) ? undefined : text;
}
