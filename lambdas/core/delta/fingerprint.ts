/** A sum over texts that does not depend on their order: equal for the same texts, different, all but surely, for others. */
export class Fingerprint {
  #count = 0;
  #first = 0;
  #second = 0;

  /** Two FNV-1a hashes of the text's UTF-16 units, of different beginnings, are added up. */
  add(text: string): void {
    let first = 0x811c9dc5;
    let second = 0x050c5d1f;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      first = Math.imul(first ^ unit, 0x01000193);
      second = Math.imul(second ^ unit ^ (first >>> 15), 0x01000193);
    }
    this.#count++;
    this.#first = (this.#first + first) | 0;
    this.#second = (this.#second + second) | 0;
  }

  get count(): number {
    return this.#count;
  }

  toString(): string {
    return `${this.#count}-${this.#first >>> 0}-${this.#second >>> 0}`;
  }
}

/** A checkpoint's action as text, equal for equal ones. The order of members is that of `asCheckpointed`, that of maps their own. */
export function canonicalText(action: object): string {
  const { add, remove } = action as { add?: RowTracked; remove?: RowTracked };
  const file = add ?? remove;
  const isPlain = file !== undefined && file.baseRowId === undefined && file.defaultRowCommitVersion === undefined;
  return isPlain ? JSON.stringify(action) : JSON.stringify(action, canonicalMember);
}

interface RowTracked {
  baseRowId?: bigint;
  defaultRowCommitVersion?: bigint;
}

function canonicalMember(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
