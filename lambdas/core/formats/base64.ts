import { Buffer } from 'node:buffer';

/** Bytes of a base64 text that an AWS event carries. */
export const decodeBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64');

/** Bytes of base64 (RFC 4648, padding required) or nothing where the text is not exactly that. */
export function decodeStrictBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
