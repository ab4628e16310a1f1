import type { Kernel } from '../kernel/kernel.ts';

const firstBytes = 1 << 20;
/** Between two payloads: ends a UTF-8 sequence, and is white space to JSON. */
const gap = 0x0a;

/** What `write(text, start, 'base64')` ends in: to find that out again for each payload costs a sixth of decoding it. */
interface Base64Writer {
  base64Write(text: string, start: number): number;
}

/** A payload in a kernel's memory. An event has thousands: views of them would cost more than their scan. */
export class PlacedPayload {
  // Without `declare` each field is made twice, undefined first.
  declare readonly kernel: Kernel;
  declare readonly start: number;
  declare readonly end: number;

  constructor(kernel: Kernel, start: number, end: number) {
    this.kernel = kernel;
    this.start = start;
    this.end = end;
  }

  /** A view, made anew each time it is asked for. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.kernel.bytes.buffer, this.start, this.end - this.start);
  }
}

/**
 * Payloads of one event, one after another in the kernel's memory. It lies below everything that is allocated later: `reset`
 * gives all of that back too.
 */
export class PayloadArena {
  readonly #kernel: Kernel;
  readonly #start: number;
  #blockEnd: number;
  #top: number;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#start = kernel.mark();
    this.#top = this.#start;
    this.#blockEnd = this.#start;
  }

  /** Forgets all payloads, and whatever was allocated in the kernel since the first. */
  reset(): void {
    this.#kernel.release(this.#start);
    this.#top = this.#start;
    this.#blockEnd = this.#start;
  }

  /** Decodes base64 as `Buffer.from` does, which stops at nothing. Valid until `reset`, as all that is here. */
  place(base64: string): PlacedPayload {
    this.#reserve(Math.ceil((base64.length * 3) / 4));
    const start = this.#top;
    const { bytes } = this.#kernel;
    const end = start + (bytes as unknown as Base64Writer).base64Write(base64, start);
    bytes[end] = gap;
    this.#top = end + 1;
    return new PlacedPayload(this.#kernel, start, end);
  }

  /** Copies; answers a view. */
  add(payload: Uint8Array): Uint8Array {
    this.#reserve(payload.length);
    const start = this.#top;
    const { bytes } = this.#kernel;
    const end = start + payload.length;
    bytes.set(payload, start);
    bytes[end] = gap;
    this.#top = end + 1;
    return new Uint8Array(bytes.buffer, start, payload.length);
  }

  /** Room for a payload and what ends it. */
  #reserve(length: number): void {
    const needed = length + 1;
    if (this.#top + needed <= this.#blockEnd) return;
    const address = this.#kernel.allocate(Math.max(needed, firstBytes));
    // Blocks that follow one another are one.
    if (address !== this.#blockEnd) this.#top = address;
    this.#blockEnd = this.#kernel.mark();
  }
}
