/** Of the records that one letter's payload holds, some, by their places from 0. */
export interface LetterParts {
  /** How many it holds. */
  of: number;
  places: readonly number[];
}

/** By table and by id, which records of a letter a table took: of letters whose records went to several tables. */
export type PartsByTable = Readonly<Record<string, Readonly<Record<string, LetterParts>>>>;

export function joinParts(left: LetterParts | undefined, right: LetterParts): LetterParts {
  if (left === undefined) return right;
  return { of: right.of, places: [...new Set([...left.places, ...right.places])].sort((a, b) => a - b) };
}

export const isComplete = ({ of, places }: LetterParts): boolean => new Set(places).size >= of;
