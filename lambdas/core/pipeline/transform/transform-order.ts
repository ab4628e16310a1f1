import { NumberToken } from '#formats/decoded-value.ts';
import { TextToken } from './path-value.ts';

type Ordered = string | number | NumberToken | TextToken;

const isNumber = (value: unknown): value is number | NumberToken =>
  typeof value === 'number' || value instanceof NumberToken;

const isText = (value: unknown): value is string | TextToken => typeof value === 'string' || value instanceof TextToken;

/** Strings by code points, numbers by their doubles. @throws {Error} where values are of no one kind that has an order. */
function compareOrdered(left: unknown, right: unknown): number {
  if (isText(left) && isText(right)) return compareTexts(String(left), String(right));
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  throw new Error('expected numbers alone, or strings alone, to order by');
}

/** UTF-16 puts what lies beyond the first plane before its last characters; code points do not. */
function compareTexts(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index++) {
    if (left.charCodeAt(index) === right.charCodeAt(index)) continue;
    return rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
  }
  return left.length - right.length;
}

const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

type KeyOf = (element: unknown) => unknown;

/** Stable, by a key. */
export const sorted = (elements: readonly unknown[], keyOf: KeyOf): unknown[] =>
  elements
    .map((element) => ({ element, key: keyOf(element) as Ordered }))
    .toSorted((left, right) => compareOrdered(left.key, right.key))
    .map(({ element }) => element);

/** The first of the elements whose key is the greatest (`sign` 1) or the least (−1); null where there are none. */
export function extreme(elements: readonly unknown[], keyOf: KeyOf, sign: 1 | -1): unknown {
  let best: { element: unknown; key: unknown } | undefined;
  for (const element of elements) {
    const key = keyOf(element);
    if (sign * compareOrdered(key, best?.key ?? key) > 0 || best === undefined) best = { element, key };
  }
  return best?.element ?? null;
}
