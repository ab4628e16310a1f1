const prefixLength = 32;
const longestBound = 64;
const lastAscii = 0x7f;
const lastCodePoint = 0x10ffff;

/** Whether `left` comes before `right` by Unicode code points, which is the order of their UTF-8 bytes. */
export function precedes(left: string, right: string): boolean {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) < rank(b);
  }
  return left.length < right.length;
}

/** Surrogates stand for code points above all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** The first 32 characters: never above `text` (Spark's StatisticsCollection). */
export function leastStringBound(text: string): string {
  return text.length <= prefixLength ? text : [...text.slice(0, prefixLength * 2)].slice(0, prefixLength).join('');
}

/**
 * `text` itself up to 32 characters, else a prefix with a character above whatever was cut off: U+007F if that was ASCII below
 * it, else U+10FFFF. A cut before U+10FFFF moves on, to 64 characters at most; beyond there is no bound.
 */
export function greatestStringBound(text: string): string | undefined {
  if (text.length <= prefixLength) return text;
  const characters = [...text.slice(0, (longestBound + 1) * 2)];
  if (characters.length <= prefixLength) return text;
  for (let length = prefixLength; length <= longestBound; length++) {
    const dropped = characters[length]?.codePointAt(0);
    if (dropped === undefined) return text;
    if (dropped < lastCodePoint) {
      const above = dropped < lastAscii ? lastAscii : lastCodePoint;
      return characters.slice(0, length).join('') + String.fromCodePoint(above);
    }
  }
  return undefined;
}
