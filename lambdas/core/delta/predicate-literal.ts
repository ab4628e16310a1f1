import { PredicateError } from './errors.ts';
import { decimalOf } from './schema.ts';
import { textToValue, type Value } from './value.ts';

const integerBits: Readonly<Record<string, bigint>> = { byte: 8n, short: 16n, integer: 32n, long: 64n };

const integerPattern = /^[+-]?\d+$/;
const decimalPattern = /^[+-]?\d+(\.\d+)?$/;
const doublePattern = /^([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|-?Infinity)$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The value of a literal that is compared with a column of a primitive type. A decimal keeps all its digits, even past the
 * column's scale.
 *
 * @throws {PredicateError} naming the column, the literal, and what was expected.
 */
export function literalValue(text: string, type: string, column: string): Value {
  const expected = (what: string) => new PredicateError(`${column}: expected ${what} to compare with, got "${text}"`);
  if (decimalOf(type) !== undefined) {
    if (!decimalPattern.test(text)) throw expected('a decimal number');
    return text;
  }
  switch (type) {
    case 'byte':
    case 'short':
    case 'integer':
    case 'long': {
      const greatest = 1n << ((integerBits[type] as bigint) - 1n);
      if (!integerPattern.test(text) || BigInt(text) >= greatest || BigInt(text) < -greatest) {
        throw expected(`an integer from ${-greatest} to ${greatest - 1n}`);
      }
      return textToValue(text, type);
    }
    case 'float':
    case 'double':
      if (!doublePattern.test(text)) throw expected('a number');
      return textToValue(text, type);
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw expected('true or false');
      return text.toLowerCase() === 'true';
    case 'date':
      if (!isDay(text)) throw expected('a date such as 2024-06-15');
      return text;
    case 'timestamp':
    case 'timestamp_ntz':
      if (!isDay(text.slice(0, 'yyyy-MM-dd'.length))) throw expected('a timestamp such as 2024-06-15T19:30:45Z');
      try {
        return textToValue(text, type);
      } catch {
        throw expected('a timestamp such as 2024-06-15T19:30:45Z');
      }
    case 'string':
      return text;
    case 'binary':
      return new TextEncoder().encode(text);
    default:
      throw new PredicateError(`${column}: expected a column whose values can be compared, got one of type ${type}`);
  }
}

/** Whether there is such a day: JavaScript takes February 30 for March 2. */
const isDay = (text: string): boolean =>
  datePattern.test(text) && new Date(Date.parse(text)).toJSON()?.slice(0, text.length) === text;
