import type { Buffer } from 'node:buffer';
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
  readonly kernel: Kernel;
  readonly start: number;
  readonly end: number;

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
    const bytes = this.#room(Math.ceil((base64.length * 3) / 4));
    return this.#take(bytes, (bytes as unknown as Base64Writer).base64Write(base64, this.#top));
  }

  /** Copies; answers a view. */
  add(payload: Uint8Array): Uint8Array {
    const bytes = this.#room(payload.length);
    bytes.set(payload, this.#top);
    return this.#take(bytes, payload.length).bytes;
  }

  #room(length: number): Buffer {
    const needed = length + 1;
    if (this.#top + needed > this.#blockEnd) {
      const address = this.#kernel.allocate(Math.max(needed, firstBytes));
      // Blocks that follow one another are one.
      if (address !== this.#blockEnd) this.#top = address;
      this.#blockEnd = this.#kernel.mark();
    }
    return this.#kernel.bytes;
  }

  #take(bytes: Buffer, length: number): PlacedPayload {
    const start = this.#top;
    const end = start + length;
    bytes[end] = gap;
    this.#top = end + 1;
    return new PlacedPayload(this.#kernel, start, end);
  }
}
