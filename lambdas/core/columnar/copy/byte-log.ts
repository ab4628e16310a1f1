const segmentBytes = 64 * 1024;

/** Bytes that grow at their end, in segments: none is copied when there are more of them. */
export class ByteLog {
  readonly #segments: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const at = this.#length % segmentBytes;
      if (at === 0) this.#segments.push(new Uint8Array(segmentBytes));
      const taken = Math.min(bytes.length - from, segmentBytes - at);
      (this.#segments.at(-1) as Uint8Array).set(bytes.subarray(from, from + taken), at);
      this.#length += taken;
      from += taken;
    }
  }

  /** Hands `take` the bytes from `start` to `end` (exclusive), in order. */
  copy(start: number, end: number, take: (segment: Uint8Array, from: number, to: number) => void): void {
    for (let at = start; at < end; ) {
      const within = at % segmentBytes;
      const taken = Math.min(end - at, segmentBytes - within);
      take(this.#segments[Math.floor(at / segmentBytes)] as Uint8Array, within, within + taken);
      at += taken;
    }
  }

  /** All of the bytes, in pieces. */
  *pieces(): Generator<Uint8Array> {
    for (const [index, segment] of this.#segments.entries()) {
      yield segment.subarray(0, this.#length - index * segmentBytes);
    }
  }
}
