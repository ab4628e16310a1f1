import { Buffer } from 'node:buffer';
import type { PayloadArena } from '#columnar/scan/payload-arena.ts';
import type { PayloadMemory, PlacedPayload } from '#pipeline/ingest/payload-memory.ts';
import type { PayloadRoom } from './second-core-jobs.ts';

/** Between two payloads: ends a UTF-8 sequence, and is white space to JSON. */
const gap = 0x0a;

/** A payload in the memory of a second core's kernel. */
export class PayloadThere implements PlacedPayload {
  readonly start: number;
  readonly end: number;
  readonly #room: PayloadRoom;

  constructor(room: PayloadRoom, start: number, end: number) {
    this.#room = room;
    this.start = start;
    this.end = end;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#room.memory, this.start, this.end - this.start);
  }
}

/** Payloads of one batch: those of its first half here, those behind them where the second core scans them. */
export class SplitPayloads implements PayloadMemory {
  readonly #here: PayloadArena;
  #roomFor: ((bytes: number) => PayloadRoom | undefined) | undefined;
  #room: PayloadRoom | undefined;
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #top = 0;
  /** Characters of base64 until it is the second core's turn. */
  #leftHere = Number.POSITIVE_INFINITY;

  constructor(here: PayloadArena) {
    this.#here = here;
  }

  /** Forgets all payloads. `roomFor`: asks for what a second core has for the next batch. */
  reset(roomFor?: (bytes: number) => PayloadRoom | undefined): void {
    this.#here.reset();
    this.#roomFor = roomFor;
    this.#leftHere = Number.POSITIVE_INFINITY;
  }

  expect(characters: number): void {
    const room = this.#roomFor?.(characters / 2);
    if (room === undefined) return;
    if (room.memory !== this.#bytes.buffer) this.#bytes = Buffer.from(room.memory);
    this.#room = room;
    this.#top = room.start;
    this.#leftHere = characters / 2;
  }

  place(base64: string): PlacedPayload {
    const room = this.#room;
    if (this.#leftHere > 0 || room === undefined || this.#top + base64.length >= room.end) {
      this.#leftHere -= base64.length;
      return this.#here.place(base64);
    }
    const start = this.#top;
    const end = start + this.#bytes.write(base64, start, 'base64');
    this.#bytes[end] = gap;
    this.#top = end + 1;
    return new PayloadThere(room, start, end);
  }
}
