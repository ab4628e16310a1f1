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

/** Of the first half's bytes, what the second has room for. */
const spareRoom = 1.5;

/** Payloads of one batch: those of its first half here, those behind them where the second core scans them. */
export class SplitPayloads implements PayloadMemory {
  readonly #here: PayloadArena;
  #roomFor: ((bytes: number) => PayloadRoom | undefined) | undefined;
  #room: PayloadRoom | undefined;
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #top = 0;
  /** Payloads until it is the second core's turn. */
  #leftHere = Number.POSITIVE_INFINITY;
  /** Characters of base64 so far, all of them here. */
  #characters = 0;

  constructor(here: PayloadArena) {
    this.#here = here;
  }

  /** Forgets all payloads. `roomFor`: asks for what a second core has for the next batch. */
  reset(roomFor?: (bytes: number) => PayloadRoom | undefined): void {
    this.#here.reset();
    this.#roomFor = roomFor;
    this.#room = undefined;
    this.#leftHere = Number.POSITIVE_INFINITY;
    this.#characters = 0;
  }

  expect(count: number): void {
    if (this.#roomFor !== undefined) this.#leftHere = count >> 1;
  }

  place(base64: string): PlacedPayload {
    if (this.#leftHere > 0) {
      this.#leftHere--;
      this.#characters += base64.length;
      if (this.#leftHere === 0) this.#goThere();
      return this.#here.place(base64);
    }
    const room = this.#room;
    if (room === undefined || this.#top + base64.length >= room.end) return this.#here.place(base64);
    const start = this.#top;
    const end = start + this.#bytes.write(base64, start, 'base64');
    this.#bytes[end] = gap;
    this.#top = end + 1;
    return new PayloadThere(room, start, end);
  }

  #goThere(): void {
    const room = this.#roomFor?.(this.#characters * spareRoom);
    if (room === undefined) return;
    if (room.memory !== this.#bytes.buffer) this.#bytes = Buffer.from(room.memory);
    this.#room = room;
    this.#top = room.start;
  }
}
