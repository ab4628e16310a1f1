/** A payload in the memory of its batch, valid until that ends. */
export interface PlacedPayload {
  /** A view, made anew each time it is asked for. */
  readonly bytes: Uint8Array;
}

/** Where the payloads of one batch lie, one after another. */
export interface PayloadMemory {
  /** Told before the first payload how many there will be. */
  expect(count: number): void;
  /** Decodes a base64 text that an AWS event carries. */
  place(base64: string): PlacedPayload;
}
