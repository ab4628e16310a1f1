/** A value inside a record that a column gets, besides whatever its field fills. */
export interface ScanCapture {
  /** Names from the top of the record, spelled exactly so. */
  readonly path: readonly string[];
  /** Place of the column in the schema; of no matter for `nothing` and `null`. */
  readonly column: number;
  /**
   * The value as the column takes it; a text, for a string column; a whole number from `least` to `greatest`, times `factor`, for a
   * column of 64 bits; nothing that would want a column; null alone. Records with any other value, null apart, are left to the parser.
   */
  readonly as:
    | 'value'
    | 'text'
    | { readonly factor: number; readonly least: bigint; readonly greatest: bigint }
    | 'nothing'
    | 'null';
  /** Records without it are left to the parser. */
  readonly isRequired: boolean;
}

/** What a scan reads besides the fields of columns. */
export interface ScanCaptures {
  readonly captures: readonly ScanCapture[];
  /**
   * Columns, and fields of struct columns, that no field of a record fills, whether there are such or not: by the keys on the way,
   * as `filledKey` joins them. Whatever a record has for them is stepped over.
   */
  readonly filled: ReadonlySet<string>;
  /** Whether fields that have no column are stepped over, whatever they hold, where only what is captured is wanted. */
  readonly skipsOthers?: boolean;
}

/** No column's name has a line break. */
const keySeparator = '\n';

export const filledKey = (keys: readonly string[]): string => keys.join(keySeparator);

/** What is filled right inside a struct, and further in; `key` is the struct's. */
export const filledIn = (filled: ReadonlySet<string>, key: string): ReadonlySet<string> => {
  const start = `${key}${keySeparator}`;
  return new Set([...filled].flatMap((each) => (each.startsWith(start) ? [each.slice(start.length)] : [])));
};

/** Whether it is a struct's own field rather than one further in. */
export const isDirectlyFilled = (key: string): boolean => !key.includes(keySeparator);

export const noCaptures: ScanCaptures = { captures: [], filled: new Set() };

/** Captures by the next name of their paths. */
export function capturesByName(
  captures: readonly ScanCapture[],
  depth: number,
): Map<string, { here: ScanCapture[]; inside: ScanCapture[] }> {
  const byName = new Map<string, { here: ScanCapture[]; inside: ScanCapture[] }>();
  for (const capture of captures) {
    const name = capture.path[depth] as string;
    const found = byName.get(name) ?? { here: [], inside: [] };
    byName.set(name, found);
    (capture.path.length === depth + 1 ? found.here : found.inside).push(capture);
  }
  return byName;
}
