import type { Buffer } from 'node:buffer';
import type { Kernel } from './kernel.ts';

const firstBytes = 1 << 20;
/** Between two payloads: ends a UTF-8 sequence, and is white space to JSON. */
const gap = 0x0a;

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

  /** Decodes base64 as `Buffer.from` does, which refuses nothing; answers a view that is valid until `reset`. */
  addBase64(text: string): Uint8Array {
    const bytes = this.#room(Math.ceil((text.length * 3) / 4));
    return this.#take(bytes, bytes.write(text, this.#top, 'base64'));
  }

  /** Copies; answers a view that is valid until `reset`. */
  add(payload: Uint8Array): Uint8Array {
    const bytes = this.#room(payload.length);
    bytes.set(payload, this.#top);
    return this.#take(bytes, payload.length);
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

  #take(bytes: Buffer, length: number): Uint8Array {
    const start = this.#top;
    this.#top = start + length;
    bytes[this.#top++] = gap;
    return new Uint8Array(bytes.buffer, start, length);
  }
}
