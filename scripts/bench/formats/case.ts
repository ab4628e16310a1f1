import type { Decoded } from '#formats/payload-decoder.ts';

/** One format beside its library alone. */
export interface FormatCase {
  /** The library, as a table calls it. */
  library: string;
  payloads: readonly Buffer[];
  /** From a payload to a record of ours. */
  decode(payload: Uint8Array): Decoded;
  /** From a payload to whatever the library gives: objects of its own. */
  decodeByLibrary(payload: Buffer): unknown;
}
