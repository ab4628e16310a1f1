import { thrift } from './thrift-reader.ts';

const firstBytes = 1_024;

/**
 * Writes Thrift's compact protocol. Fields of a struct come in ascending order; `begin` and `end` go around a struct within
 * a field, a list or nothing.
 */
export class ThriftWriter {
  #bytes: Uint8Array;
  #length = 0;
  #last = 0;
  readonly #outer: number[] = [];

  /** `capacity`: bytes that are there at first, more come as they are needed. */
  constructor(capacity: number = firstBytes) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** A view of what was written so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** `last`: the field before, where another writer has begun the struct. */
  begin(last = 0): void {
    this.#outer.push(this.#last);
    this.#last = last;
  }

  end(): void {
    this.byteElement(thrift.stop);
    this.leave();
  }

  /** Leaves the struct without ending it: another writer goes on with it. */
  leave(): void {
    this.#last = this.#outer.pop() as number;
  }

  /** What was written since the last time: a view that is true until more is written. */
  take(): Uint8Array {
    const { bytes } = this;
    this.#length = 0;
    return bytes;
  }

  struct(id: number): void {
    this.field(id, thrift.struct);
    this.begin();
  }

  /** Elements follow, each as its type asks. */
  list(id: number, elementType: number, size: number): void {
    this.field(id, thrift.list);
    if (size < 15) this.byteElement((size << 4) | elementType);
    else {
      this.byteElement(0xf0 | elementType);
      this.#varint(size);
    }
  }

  byte(id: number, value: number): void {
    this.field(id, thrift.byte);
    this.byteElement(value & 0xff);
  }

  i32(id: number, value: number): void {
    this.field(id, thrift.i32);
    this.integer(value);
  }

  /** Up to 2^52 in size. */
  i64(id: number, value: number): void {
    this.field(id, thrift.i64);
    this.integer(value);
  }

  boolean(id: number, value: boolean): void {
    this.field(id, value ? thrift.true : thrift.false);
  }

  binary(id: number, value: Uint8Array): void {
    this.field(id, thrift.binary);
    this.binaryElement(value);
  }

  /** A value as another has written it, its header left out. */
  copy(id: number, type: number, from: Uint8Array, start: number, end: number): void {
    this.field(id, type);
    this.raw(from, start, end);
  }

  field(id: number, type: number): void {
    const delta = id - this.#last;
    if (delta > 0 && delta < 16) this.byteElement((delta << 4) | type);
    else {
      this.byteElement(type);
      this.integer(id);
    }
    this.#last = id;
  }

  integer(value: number): void {
    this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  binaryElement(value: Uint8Array): void {
    this.#varint(value.length);
    this.raw(value, 0, value.length);
  }

  raw(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const bytes = this.#bytes;
    let to = this.#length;
    if (length > 32) bytes.set(from.subarray(start, end), to);
    else for (let at = start; at < end; at++) bytes[to++] = from[at] as number;
    this.#length += length;
  }

  /** One byte as it is, such as a boolean in a list. */
  byteElement(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #varint(value: number): void {
    this.#reserve(10);
    let left = value;
    while (left >= 0x80) {
      this.#bytes[this.#length++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.#bytes[this.#length++] = left;
  }

  #reserve(length: number): void {
    const wanted = this.#length + length;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
