/** A JSON number as `digits` × 10^`exponent`, exactly. */
interface ExactNumber {
  digits: bigint;
  exponent: number;
}

const numberPattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const plainInteger = /^-?\d{1,18}$/;
/** No column holds more digits than a decimal(38): numbers out of all proportion need not be computed. */
const greatestExponent = 400;
const longestText = 400;

function exactly(text: string): ExactNumber | undefined {
  const match = text.length > longestText ? null : numberPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = '', power = '0'] = match;
  const magnitude = BigInt(`${whole}${fraction}`);
  return { digits: sign === '-' ? -magnitude : magnitude, exponent: Number(power) - fraction.length };
}

/** The number times 10^`scale` as an integer; nothing where that is none, or is out of all proportion. */
export function scaledInteger(text: string, scale: number): bigint | undefined {
  if (scale === 0 && plainInteger.test(text)) return BigInt(text);
  const number = exactly(text);
  if (number === undefined) return undefined;
  if (number.digits === 0n) return 0n;
  const exponent = number.exponent + scale;
  if (Math.abs(exponent) > greatestExponent) return undefined;
  if (exponent >= 0) return number.digits * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return number.digits % divisor === 0n ? number.digits / divisor : undefined;
}

/** As `scaledInteger`, but for a number between two integers the lower one. */
export function scaledFloor(text: string, scale: number): bigint | undefined {
  const number = exactly(text);
  if (number === undefined) return undefined;
  const { digits } = number;
  const exponent = number.exponent + scale;
  if (digits === 0n || exponent < -greatestExponent) return digits < 0n ? -1n : 0n;
  if (exponent > greatestExponent) return undefined;
  if (exponent >= 0) return digits * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  const rest = ((digits % divisor) + divisor) % divisor;
  return (digits - rest) / divisor;
}

/** The number without its fraction, towards zero; nothing where it is none, or is out of all proportion. */
export function wholePart(text: string): bigint | undefined {
  const number = exactly(text);
  if (number === undefined) return undefined;
  const { digits, exponent } = number;
  if (digits === 0n || exponent < -greatestExponent) return 0n;
  if (exponent > greatestExponent) return undefined;
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : digits / 10n ** BigInt(-exponent);
}

/**
 * The nearest double; nothing where an integer would be rounded, or the number is beyond a double's range. A fraction is read as
 * every JSON reader does, to the nearest.
 */
export function exactDouble(text: string): number | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  if (value === 0) return /[1-9]/.test(text.split(/[eE]/, 1)[0] as string) ? undefined : value;
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(text)) return value;
  return BigInt(value) === BigInt(text) ? value : undefined;
}

export type NumberKind = 'long' | 'decimal(20,0)' | 'string' | 'double';

const int64Limit = 2n ** 63n;
const decimal20Digits = 20;
const decimal20Limit = 10n ** BigInt(decimal20Digits);

/** What an undeclared column becomes for a number as written: only a point or an exponent makes a double. */
export function inferredNumber(text: string): NumberKind {
  if (plainInteger.test(text)) return 'long';
  if (!/^-?\d+$/.test(text)) return 'double';
  if (text.length > decimal20Digits + 1) return 'string';
  const value = BigInt(text);
  if (value >= -int64Limit && value < int64Limit) return 'long';
  return value > -decimal20Limit && value < decimal20Limit ? 'decimal(20,0)' : 'string';
}
