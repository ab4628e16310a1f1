/** Where the payloads of one batch lie, one after another: what is added is valid until the batch ends. */
export interface PayloadMemory {
  /** The bytes of a base64 text that an AWS event carries. */
  addBase64(text: string): Uint8Array;
}
