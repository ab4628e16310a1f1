import { type DataType, decimalOf } from '#delta/schema.ts';
import { type DecodedValue, doubleText, type NumberToken } from '#formats/decoded-value.ts';
import { exactDouble, scaledInteger } from './exact-number.ts';
import { lossy, mismatch, type Rules, rule } from './rule.ts';

/** Digits of a string that is a number: JSON's writers put int64 and decimals in quotes to keep readers from rounding them. */
const quotedNumber = /^-?\d+(\.\d+)?$/;

/** A binary number in the fewest digits that give it back; nothing where it is none. */
const digitsOf = (value: number): string | undefined => (Number.isFinite(value) ? doubleText(value) : undefined);

const integerBits = { byte: 8, short: 16, integer: 32, long: 64 } as const;

export function integerRules(type: keyof typeof integerBits): Rules {
  const limit = 2n ** BigInt(integerBits[type] - 1);
  const isWide = type === 'long';
  const within = (whole: bigint | undefined, value: Exclude<DecodedValue, null>) => {
    if (whole === undefined || whole < -limit || whole >= limit) throw lossy(type, value);
    return isWide ? whole : Number(whole);
  };
  const ofDigits = (text: string | undefined, value: Exclude<DecodedValue, null>) =>
    within(text === undefined ? undefined : scaledInteger(text, 0), value);
  const range = `a whole number of ${integerBits[type]} bits`;
  return {
    number: rule('exact', range, (value: NumberToken) => ofDigits(value.text, value)),
    double: rule('exact', range, (value: number) => {
      if (!Number.isSafeInteger(value)) return ofDigits(digitsOf(value), value);
      return isWide ? BigInt(value) : within(BigInt(value), value);
    }),
    integer: rule('exact', range, (value: bigint) => within(value, value)),
    ...(isWide
      ? { string: rule('exact', `digits of ${range}`, (value: string) => ofDigits(quotedDigits(type, value), value)) }
      : {}),
  };
}

function quotedDigits(type: DataType, value: string): string {
  if (!quotedNumber.test(value)) throw mismatch(type, value);
  return value;
}

export function floatRules(type: 'float' | 'double'): Rules {
  const isFloat = type === 'float';
  const ofDigits = (text: string, value: NumberToken | bigint): number => {
    const number = exactDouble(text);
    if (number === undefined) throw lossy(type, value);
    if (!isFloat) return number;
    const rounded = Math.fround(number);
    const rounds = Number.isInteger(number) && rounded !== number;
    if (!Number.isFinite(rounded) || rounds || (rounded === 0 && number !== 0)) throw lossy(type, value);
    return rounded;
  };
  const nearest = `the nearest ${type}; an integer only if it is one exactly`;
  return {
    number: rule('exact', nearest, (value: NumberToken) => ofDigits(value.text, value)),
    double: isFloat
      ? rule('exact', 'a number that a float holds; NaN and the infinities', (value: number) => {
          if (Math.fround(value) !== value && !Number.isNaN(value)) throw lossy(type, value);
          return value;
        })
      : rule('value', 'as it is, NaN and the infinities too', (value: number) => value),
    integer: rule('exact', `an integer that is a ${type} exactly`, (value: bigint) => ofDigits(String(value), value)),
  };
}

export function decimalRules(type: string): Rules {
  const { precision, scale } = decimalOf(type) as { precision: number; scale: number };
  const limit = 10n ** BigInt(precision);
  const ofDigits = (text: string | undefined, value: Exclude<DecodedValue, null>): bigint => {
    const unscaled = text === undefined ? undefined : scaledInteger(text, scale);
    if (unscaled === undefined || unscaled <= -limit || unscaled >= limit) throw lossy(type, value);
    return unscaled;
  };
  const fits = 'a number of as many digits before and behind the point';
  return {
    number: rule('exact', fits, (value: NumberToken) => ofDigits(value.text, value)),
    double: rule('exact', `${fits}, written in the fewest digits that give the double back`, (value: number) =>
      ofDigits(digitsOf(value), value),
    ),
    integer: rule('exact', fits, (value: bigint) => ofDigits(String(value), value)),
    string: rule('exact', `digits of ${fits}`, (value: string) => ofDigits(quotedDigits(type, value), value)),
  };
}
