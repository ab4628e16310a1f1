/** What a payload decodes to, before it meets a schema: as the payload says it, with nothing rounded. */
export type DecodedValue = null | boolean | string | NumberToken | DecodedList | DecodedRecord;

/** A number as written: it has not passed through a double. */
export class NumberToken {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Where a list or record stands in its payload's text, so that it can be kept as it was written. */
class Span {
  readonly #source: string;
  readonly #start: number;
  readonly #end: number;

  constructor(source: string, start: number, end: number) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  /** The text as written. */
  get raw(): string {
    return this.#source.slice(this.#start, this.#end);
  }
}

export class DecodedList extends Span {
  readonly items: readonly DecodedValue[];

  constructor(items: readonly DecodedValue[], source: string, start: number, end: number) {
    super(source, start, end);
    this.items = items;
  }
}

/** Fields in the order of the payload; no name occurs twice. */
export class DecodedRecord extends Span {
  readonly names: readonly string[];
  readonly values: readonly DecodedValue[];

  constructor(names: readonly string[], values: readonly DecodedValue[], source: string, start: number, end: number) {
    super(source, start, end);
    this.names = names;
    this.values = values;
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
