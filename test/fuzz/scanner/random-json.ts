import { epochUnitOf } from '#contract/epoch-unit.ts';
import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { fieldNames } from './random-schema.ts';
import {
  brokenNumber,
  brokenText,
  brokenTime,
  dateText,
  digits,
  doubleText,
  instantText,
  integerText,
  localText,
  numberText,
  stringText,
} from './random-text.ts';

const quoted = (text: string): string => `"${text}"`;
const brokenWords = ['True', 'tru', 'nulll', 'fals', 'undefined', "'a'"];
const oddities = [
  '{}',
  '[]',
  '[null]',
  '{"a":null}',
  '[[],{}]',
  '{"a":{"b":[]}}',
  '{"a":1,"a":2}',
  '[1,]',
  '{,}',
  '[1 2]',
  '{"a" 1}',
];
const integerBits: Record<string, number> = { long: 64, integer: 32, short: 16, byte: 8 };

/** Any value, wrong ones included. */
export function anyJson(random: SeededRandom, depth = 3): string {
  switch (random.integer(0, depth > 0 ? 9 : 6)) {
    case 0:
    case 1:
      return quoted(random.next() < 0.85 ? stringText(random) : brokenText(random));
    case 2:
    case 3:
      return random.next() < 0.85 ? numberText(random) : brokenNumber(random);
    case 4:
      return random.next() < 0.9 ? random.pick(['true', 'false', 'null']) : random.pick(brokenWords);
    case 5:
      return quoted(random.next() < 0.5 ? instantText(random) : brokenTime(random));
    case 6:
      return random.pick(oddities);
    case 7: {
      const items = Array.from({ length: random.integer(0, 4) }, () => anyJson(random, depth - 1));
      return `[${items.join(random.pick([',', ', ', '\n,']))}]`;
    }
    default: {
      const members = Array.from({ length: random.integer(0, 4) }, (_, at) => {
        return `"${random.pick(['a', 'b', 'id'])}${at}":${anyJson(random, depth - 1)}`;
      });
      return `{${members.join(random.pick([',', ' , ']))}}`;
    }
  }
}

/** Makes values for columns: those that fit, but for a share of any. */
export class ValueMaker {
  readonly #random: SeededRandom;
  readonly #wildness: number;

  constructor(random: SeededRandom, wildness: number) {
    this.#random = random;
    this.#wildness = wildness;
  }

  /** `isNullable`: the column's, or that of an array's items. */
  valueFor(field: Pick<StructField, 'type' | 'metadata'>, isNullable: boolean): string {
    const random = this.#random;
    if (random.next() < this.#wildness) return this.#wild(field.type);
    if (isNullable && random.next() < 0.07) return 'null';
    return this.#fitting(field);
  }

  /** Nearly what the column takes, or anything. */
  #wild(type: DataType): string {
    const random = this.#random;
    if (random.next() < 0.3) return anyJson(random);
    if (type === 'string' || type === 'binary') return quoted(brokenText(random));
    if (type === 'date' || type === 'timestamp' || type === 'timestamp_ntz') return quoted(brokenTime(random));
    const number = random.next() < 0.8 ? numberText(random) : brokenNumber(random);
    return random.next() < 0.2 ? quoted(number) : number;
  }

  #fitting({ type, metadata }: Pick<StructField, 'type' | 'metadata'>): string {
    const random = this.#random;
    if (typeof type !== 'string') return this.#nested(type);
    switch (type) {
      case 'string':
        return random.next() < 0.9 ? quoted(stringText(random)) : this.#inText();
      case 'boolean':
        return random.pick(['true', 'false']);
      case 'double':
        return doubleText(random);
      case 'float':
        return String(Math.fround((random.next() - 0.5) * 10 ** random.integer(-3, 8)));
      case 'binary':
        return quoted(Buffer.from(stringText(random)).toString('base64'));
      case 'date':
        return quoted(dateText(random));
      case 'timestamp_ntz':
        return quoted(localText(random));
      case 'timestamp':
        if (epochUnitOf({ metadata }) !== undefined && random.next() < 0.7) {
          return `17684352${digits(random, random.integer(0, 12))}${random.pick(['', '', '', '.5', '.000', 'e1'])}`;
        }
        return quoted(instantText(random));
    }
    const decimal = decimalOf(type);
    const number = decimal === undefined ? integerText(random, integerBits[type] as number) : this.#decimal(decimal);
    const mayBeQuoted = /^-?\d+(\.\d+)?$/.test(number) && (decimal !== undefined || type === 'long');
    return mayBeQuoted && random.next() < 0.15 ? quoted(number) : number;
  }

  #decimal({ precision, scale }: { precision: number; scale: number }): string {
    const random = this.#random;
    const whole = precision - scale;
    const before = whole === 0 ? '0' : `${random.integer(1, 9)}${digits(random, random.integer(0, whole - 1))}`;
    const after = scale === 0 ? '' : `.${digits(random, random.integer(1, scale))}${random.next() < 0.1 ? '00' : ''}`;
    return `${random.next() < 0.2 ? '-' : ''}${before}${random.next() < 0.8 ? after : ''}`;
  }

  /** What a column of texts keeps as it is written. */
  #inText(): string {
    const random = this.#random;
    return random.pick(['12', '-1.50', '1e5', 'true', '{"a": [1, "x\\u00e9"]}', '[]', '{ }', '[{"b":{"c":null}} ,2]']);
  }

  #nested(type: Exclude<DataType, string>): string {
    const random = this.#random;
    switch (type.type) {
      case 'map':
        return 'null';
      case 'array': {
        const item = { type: type.elementType, metadata: {} };
        const items = Array.from({ length: random.integer(0, 4) }, () => this.valueFor(item, type.containsNull));
        return `[${items.join(',')}]`;
      }
      case 'struct': {
        const members = type.fields
          .filter(({ nullable }) => !nullable || random.next() < 0.95)
          .map((field) => `${JSON.stringify(field.name)}:${this.valueFor(field, field.nullable)}`);
        if (random.next() < 0.05) members.reverse();
        if (random.next() < this.#wildness)
          members.push(`${JSON.stringify(random.pick(fieldNames))}:${anyJson(random)}`);
        if (random.next() < this.#wildness && members.length > 0) members.push(random.pick(members));
        if (random.next() < this.#wildness) members.push(`"unknown":${random.pick(['null', '[]', '{"a":[null]}'])}`);
        return `{${members.join(',')}}`;
      }
    }
  }
}
