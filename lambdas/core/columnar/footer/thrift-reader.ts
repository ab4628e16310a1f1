/** Types of Thrift's compact protocol, as Parquet uses them. */
export const thrift = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/** A struct as it was read, fields by id: integers are numbers, binaries are views. */
export type ThriftFields = { [field: `field_${number}`]: unknown };

/**
 * Walks over Thrift's compact protocol without making objects of it:
 * `for (let id = reader.next(0); id !== 0; id = reader.next(id)) …`, where whatever is not read is skipped by `skip()`.
 *
 * @throws {RangeError} where a value reaches behind the bytes.
 */
export class ThriftReader {
  readonly bytes: Uint8Array;
  at: number;
  /** Of the field that `next` came to. */
  type = 0;
  /** Of the list that `list` came to. */
  elementType = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The id of the field after `last` within the same struct; 0 at its end. */
  next(last: number): number {
    const header = this.#byte();
    this.type = header & 0x0f;
    if (this.type === thrift.stop) return 0;
    const delta = header >> 4;
    return delta === 0 ? this.integer() : last + delta;
  }

  /** A number of any width; beyond 2^53 it is the nearest one. */
  integer(): number {
    const zigzag = this.#varint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  /** A view. */
  binary(): Uint8Array {
    const length = this.#varint();
    this.#advance(length);
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** The number of elements that follow. */
  list(): number {
    const header = this.#byte();
    this.elementType = header & 0x0f;
    const size = header >> 4;
    return size === 15 ? this.#varint() : size;
  }

  /** Passes over the value of the current field, or one of another type. */
  skip(type: number = this.type): void {
    switch (type) {
      case thrift.true:
      case thrift.false:
        return;
      case thrift.byte:
        this.#advance(1);
        return;
      case thrift.i16:
      case thrift.i32:
      case thrift.i64:
        while (this.#byte() >= 0x80);
        return;
      case thrift.double:
        this.#advance(8);
        return;
      case thrift.binary:
        this.#advance(this.#varint());
        return;
      case thrift.list:
      case thrift.set: {
        const size = this.list();
        const { elementType } = this;
        for (let index = 0; index < size; index++) this.#skipElement(elementType);
        return;
      }
      case thrift.map: {
        const size = this.#varint();
        const types = size === 0 ? 0 : this.#byte();
        for (let index = 0; index < size; index++) {
          this.#skipElement(types >> 4);
          this.#skipElement(types & 0x0f);
        }
        return;
      }
      case thrift.struct:
        for (let id = this.next(0); id !== 0; id = this.next(id)) this.skip();
        return;
      default:
        throw new RangeError(`expected a type of Thrift's compact protocol at ${this.at}, found ${type}`);
    }
  }

  /** The struct that begins here, whole. */
  struct(): ThriftFields {
    const fields: ThriftFields = {};
    for (let id = this.next(0); id !== 0; id = this.next(id)) fields[`field_${id}`] = this.#value(this.type);
    return fields;
  }

  #value(type: number): unknown {
    switch (type) {
      case thrift.true:
        return true;
      case thrift.false:
        return false;
      case thrift.byte:
        return (this.#byte() << 24) >> 24;
      case thrift.i16:
      case thrift.i32:
      case thrift.i64:
        return this.integer();
      case thrift.binary:
        return this.binary();
      case thrift.list: {
        const size = this.list();
        const { elementType } = this;
        const elements: unknown[] = [];
        for (let index = 0; index < size; index++) {
          const isBoolean = elementType === thrift.true || elementType === thrift.false;
          elements.push(isBoolean ? this.#byte() === thrift.true : this.#value(elementType));
        }
        return elements;
      }
      case thrift.struct:
        return this.struct();
      default:
        throw new RangeError(`expected a value of Parquet's at ${this.at}, found one of type ${type}`);
    }
  }

  /** In lists and maps a boolean takes a byte. */
  #skipElement(type: number): void {
    if (type === thrift.true || type === thrift.false) this.#advance(1);
    else this.skip(type);
  }

  #byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError(`expected more than ${this.bytes.length} bytes`);
    return byte;
  }

  #advance(length: number): void {
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError(`expected more than ${this.bytes.length} bytes`);
  }

  #varint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let unit = 0x80;
    do {
      byte = this.#byte();
      value += (byte & 0x7f) * unit;
      unit *= 0x80;
    } while (byte >= 0x80);
    return value;
  }
}
