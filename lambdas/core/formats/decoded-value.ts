/** What a payload decodes to, before it meets a schema: as the payload says it, with nothing rounded. */
export type DecodedValue = null | boolean | string | NumberToken | DecodedList | DecodedRecord;

/** ES2025's `JSON.rawJSON`, which TypeScript's library does not know yet. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** A number as written: it has not passed through a double. */
export class NumberToken {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double: for comparing and computing. */
  valueOf(): number {
    return Number(this.text);
  }

  /** `JSON.stringify` writes the number as it was written. */
  toJSON(): unknown {
    return rawJson(this.text);
  }
}

/** Where a list or record stands in its payload's text, so that it can be kept as it was written. */
abstract class Span {
  readonly #source: string | undefined;
  readonly #start: number;
  readonly #end: number;

  constructor(source: string | undefined, start: number, end: number) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  /** The text as written; as JSON would write it, where nobody has. */
  get raw(): string {
    return this.#source === undefined ? this.written() : this.#source.slice(this.#start, this.#end);
  }

  protected abstract written(): string;
}

const jsonOf = (value: DecodedValue): string =>
  value instanceof DecodedList || value instanceof DecodedRecord ? value.raw : JSON.stringify(value);

export class DecodedList extends Span {
  readonly items: readonly DecodedValue[];

  /** Without `source`, `start` and `end` for a list that no payload holds. */
  constructor(items: readonly DecodedValue[], source?: string, start = 0, end = 0) {
    super(source, start, end);
    this.items = items;
  }

  protected written(): string {
    return `[${this.items.map(jsonOf).join(',')}]`;
  }
}

/** Fields in the order of the payload; no name occurs twice. */
export class DecodedRecord extends Span {
  readonly names: readonly string[];
  readonly values: readonly DecodedValue[];

  /** Without `source`, `start` and `end` for a record that no payload holds. */
  constructor(names: readonly string[], values: readonly DecodedValue[], source?: string, start = 0, end = 0) {
    super(source, start, end);
    this.names = names;
    this.values = values;
  }

  protected written(): string {
    return `{${this.names.map((name, index) => `${JSON.stringify(name)}:${jsonOf(this.values[index] as DecodedValue)}`).join(',')}}`;
  }
}

/** Why a payload could not be decoded. `path` points into it: `$.a[3]`. */
export interface DecodeFailure {
  kind: 'failure';
  error: 'InvalidUtf8' | 'InvalidJson' | 'DuplicateKey' | 'TooDeep' | 'NotAnObject';
  message: string;
  path: string;
}

export type Decoded = { kind: 'record'; record: DecodedRecord } | DecodeFailure;
