/** Reads the big-endian primitives of Kafka's protocol, in order. Reading past the end throws a RangeError. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    this.#at += 1;
    return this.#bytes.readInt8(this.#at - 1);
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigInt64BE(this.#at - 8));
  }

  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#take(length).toString('utf8');
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableBytes(): Buffer | null {
    const length = this.int32();
    return length < 0 ? null : this.#take(length);
  }

  bytes(): Buffer {
    return this.nullableBytes() ?? Buffer.alloc(0);
  }

  nullableArray<T>(item: () => T): T[] | null {
    const length = this.int32();
    if (length > this.#bytes.length) throw new RangeError(`array of ${length} items in ${this.#bytes.length} bytes`);
    return length < 0 ? null : Array.from({ length }, item);
  }

  array<T>(item: () => T): T[] {
    return this.nullableArray(item) ?? [];
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) {
      throw new RangeError(`${length} bytes wanted at ${this.#at} of ${this.#bytes.length}`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** Writes the big-endian primitives of Kafka's protocol, in order. */
export class WireWriter {
  readonly #chunks: Buffer[] = [];
  #tail = Buffer.allocUnsafe(512);
  #at = 0;

  int8(value: number): this {
    this.#room(1);
    this.#at = this.#tail.writeInt8(value, this.#at);
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  int16(value: number): this {
    this.#room(2);
    this.#at = this.#tail.writeInt16BE(value, this.#at);
    return this;
  }

  int32(value: number): this {
    this.#room(4);
    this.#at = this.#tail.writeInt32BE(value, this.#at);
    return this;
  }

  int64(value: number): this {
    this.#room(8);
    this.#at = this.#tail.writeBigInt64BE(BigInt(value), this.#at);
    return this;
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const bytes = Buffer.from(value);
    return this.int16(bytes.length).raw(bytes);
  }

  bytes(value: Buffer | null): this {
    return value === null ? this.int32(-1) : this.int32(value.length).raw(value);
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    if (items === null) return this.int32(-1);
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  raw(bytes: Buffer): this {
    this.#chunks.push(this.#tail.subarray(0, this.#at), bytes);
    this.#tail = this.#tail.subarray(this.#at);
    this.#at = 0;
    return this;
  }

  /** All that was written. */
  finish(): Buffer[] {
    return [...this.#chunks, this.#tail.subarray(0, this.#at)];
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#tail.length) return;
    this.#chunks.push(this.#tail.subarray(0, this.#at));
    this.#tail = Buffer.allocUnsafe(512);
    this.#at = 0;
  }
}
