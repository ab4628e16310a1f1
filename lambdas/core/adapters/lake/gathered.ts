/** Gathers bytes into pieces of one size, of which one is under way while the next is gathered. */
export class Gathered {
  readonly #pieceBytes: number;
  readonly #send: (piece: Uint8Array) => Promise<void>;
  #piece: Uint8Array | undefined;
  #bytes = 0;
  #underWay: Promise<void> = Promise.resolve();

  constructor(pieceBytes: number, send: (piece: Uint8Array) => Promise<void>) {
    this.#pieceBytes = pieceBytes;
    this.#send = send;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      this.#piece ??= Buffer.allocUnsafeSlow(this.#pieceBytes);
      const taken = bytes.subarray(at, at + this.#pieceBytes - this.#bytes);
      this.#piece.set(taken, this.#bytes);
      this.#bytes += taken.length;
      at += taken.length;
      if (this.#bytes === this.#pieceBytes) await this.#sendPiece();
    }
  }

  /** Sends what is left, and waits for all of it. */
  async flush(): Promise<void> {
    if (this.#bytes > 0) await this.#sendPiece();
    await this.#underWay;
  }

  /** Drops what is left; resolves once nothing is under way. */
  async forget(): Promise<void> {
    this.#piece = undefined;
    this.#bytes = 0;
    await this.#underWay.catch(() => undefined);
  }

  async #sendPiece(): Promise<void> {
    await this.#underWay;
    const piece = (this.#piece as Uint8Array).subarray(0, this.#bytes);
    this.#piece = undefined;
    this.#bytes = 0;
    this.#underWay = this.#send(piece);
    this.#underWay.catch(() => undefined);
  }
}
