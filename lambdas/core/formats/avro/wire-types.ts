import avsc, { type Schema, type Type } from 'avsc';
import { AvroRefusal, within } from './avro-refusal.ts';

/** What avsc reads payloads with; it runs past the end silently, so that whoever loops has to look where it stands. */
interface Tap {
  readonly buf: Uint8Array;
  pos: number;
  readLong(): number;
}

/** A type of avsc, as one is made of others. */
interface Wire {
  _read(tap: Tap): unknown;
}

export const wireType = (schema: unknown): Type =>
  avsc.Type.forSchema(schema as Schema, { wrapUnions: 'never', omitRecordMethods: true });

let made = 0;

/** A type that is only ever read. Members of unions are told apart by name: each type has one of its own. */
abstract class ReadType extends avsc.types.LogicalType {
  constructor(underlying: Type) {
    super(underlying as unknown as Schema);
    Object.defineProperty(this, 'branchName', { value: `w${made++}` });
  }

  protected override _toValue(): never {
    throw new Error('expected payloads to be read, not written');
  }
}

/** The values of a type, converted. */
export class ConvertedType extends ReadType {
  readonly #wire: Wire;
  readonly #convert: (value: never) => unknown;

  constructor(underlying: Type, convert: (value: never) => unknown) {
    super(underlying);
    this.#wire = underlying as unknown as Wire;
    this.#convert = convert;
  }

  _read(tap: Tap): unknown {
    return this.#convert(this.#wire._read(tap) as never);
  }
}

/**
 * Bytes, as many as `size` or as they say themselves. avsc takes theirs out of memory that all payloads share, and a length that is
 * no number, which some bytes make, spoils it for every payload after.
 */
export class BytesType extends ReadType {
  readonly #size: number | undefined;

  constructor(size?: number) {
    super(wireType('null'));
    this.#size = size;
  }

  _read(tap: Tap): Buffer {
    const size = this.#size ?? tap.readLong();
    const start = tap.pos;
    if (!(size >= 0 && start + size <= tap.buf.length)) throw pastTheEnd();
    tap.pos = start + size;
    return Buffer.from(tap.buf.subarray(start, tap.pos));
  }
}

/** Values that a payload may become beyond those that its bytes are: fields that are null take none. */
const maxFreeValues = 4_000_000;
/** An item of an array that is a record of one field is two values, and a byte. */
const valuesPerByte = 4;
/** What the payload at hand may yet become: payloads are read one at a time, each from its beginning to its end. */
let valuesLeft = maxFreeValues;

/** Called before a payload is read. */
export function beginPayload(): void {
  valuesLeft = maxFreeValues;
}

/** Called before so many bytes of the payload are read, as they are once unpacked. */
export function beginBytes(count: number): void {
  valuesLeft += count * valuesPerByte;
}

function spend(values: number): void {
  valuesLeft -= values;
  if (valuesLeft < 0) throw new AvroRefusal('TooLarge', 'expected fewer values in one payload, got more');
}

/** Records as the values of their fields. */
export class FieldsType extends ReadType {
  readonly #names: readonly string[];
  readonly #fields: readonly Wire[];
  readonly #finish: (values: unknown[]) => unknown;

  /** `names` are for messages. */
  constructor(names: readonly string[], fields: readonly Type[], finish: (values: never[]) => unknown) {
    super(wireType('null'));
    this.#names = names;
    this.#fields = fields as unknown as readonly Wire[];
    this.#finish = finish as (values: unknown[]) => unknown;
  }

  _read(tap: Tap): unknown {
    const fields = this.#fields;
    const values: unknown[] = [];
    spend(fields.length);
    try {
      for (let index = 0; index < fields.length; index++) values.push((fields[index] as Wire)._read(tap));
    } catch (error) {
      throw within(`.${this.#names[values.length]}`, error);
    }
    return this.#finish(values);
  }
}

/** A type that is known later: what makes recursion possible. */
export class LaterType extends ReadType {
  target: Wire | undefined;

  constructor() {
    super(wireType('null'));
  }

  _read(tap: Tap): unknown {
    return this.target?._read(tap);
  }
}

/** Items that take no bytes, such as nulls: a few bytes could announce any number of them. */
const maxFreeItems = 10_000;

/**
 * The blocks of an array, or of a map, whose entries are written as records of key and value are. avsc believes any count and reads on
 * past the end; here each item has to end within the payload, and to take part of it.
 */
export class BlocksType extends ReadType {
  readonly #items: Wire;
  readonly #finish: (items: unknown[]) => unknown;

  constructor(items: Type, finish: (items: never[]) => unknown) {
    super(wireType('null'));
    this.#items = items as unknown as Wire;
    this.#finish = finish as (items: unknown[]) => unknown;
  }

  _read(tap: Tap): unknown {
    const { length } = tap.buf;
    const items: unknown[] = [];
    let free = 0;
    for (let left = tap.readLong(); left !== 0 && tap.pos <= length; left = tap.readLong()) {
      if (left < 0) {
        left = -left;
        tap.readLong();
      }
      for (; left > 0; left--) {
        const start = tap.pos;
        spend(1);
        items.push(this.#item(tap, items.length));
        if (!(tap.pos <= length)) throw within(`[${items.length - 1}]`, pastTheEnd());
        if (tap.pos === start && ++free > maxFreeItems) {
          throw new AvroRefusal(
            'TooLarge',
            `expected at most ${maxFreeItems} items without content in an array, got more`,
          );
        }
      }
    }
    return this.#finish(items);
  }

  #item(tap: Tap, index: number): unknown {
    try {
      return this.#items._read(tap);
    } catch (error) {
      throw within(`[${index}]`, error);
    }
  }
}

const pastTheEnd = (): AvroRefusal =>
  new AvroRefusal('InvalidPayload', 'expected more bytes, got the end of the payload');

const maxLongBytes = 10;

/** All of int64: avsc's own reads doubles and refuses what they cannot hold. */
export const exactLong = (): Type =>
  avsc.types.LongType.__with(
    {
      fromBuffer(bytes: Uint8Array): bigint {
        if (bytes.length > maxLongBytes) {
          throw new AvroRefusal(
            'InvalidPayload',
            `expected a long of at most ${maxLongBytes} bytes, got ${bytes.length}`,
          );
        }
        let zigzag = 0n;
        for (let index = bytes.length - 1; index >= 0; index--) zigzag = (zigzag << 7n) | BigInt(bytes[index]! & 0x7f);
        return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n));
      },
      toBuffer: () => new Uint8Array(),
      fromJSON: BigInt,
      toJSON: String,
      isValid: (value: unknown) => typeof value === 'bigint',
      compare: () => 0,
    },
    true,
  );
