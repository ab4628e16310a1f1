/** Least and greatest of some values: numbers as they are, decimals unscaled, texts and binary as bytes of their own. */
export interface Extremes {
  least: boolean | number | bigint | Uint8Array;
  greatest: boolean | number | bigint | Uint8Array;
}

/** Distinct values in the order they come first. */
export interface Dictionary {
  values: DistinctValues;
  /** Address of each value's number among them, 32 bits each. */
  indices: number;
  /** Address of the distinct values in plain encoding. */
  page: number;
}

/** Values of a leaf that are not null, one after another, in the kernel's memory. */
export interface LeafValues {
  readonly count: number;
  /** Bytes of all of them in Parquet's plain encoding. */
  readonly plainBytes: number;
  plainBytesOf(first: number, count: number): number;
  /** Writes some in plain encoding, with up to 16 bytes of rubbish behind; answers the bytes written. */
  writePlain(first: number, count: number, out: number): number;
  /** Of `count` values, at least one. Nothing where they have no order. */
  extremes(first: number, count: number): Extremes | undefined;
  /** Nothing where one is certainly no gain. */
  dictionary(): Dictionary | undefined;
  /** Puts all into a split block Bloom filter of so many blocks. */
  addToFilter(filter: number, blocks: number): void;
}

/** The values of a dictionary. */
export interface DistinctValues extends LeafValues {
  /** Of `count` values, at least one, whose numbers are at the address `numbers`, 32 bits each. */
  extremesAt(numbers: number, count: number): Extremes | undefined;
}

/** Which rows of a vector are meant: `places` is the address of their numbers, 0 where they are the first `count`. */
export interface Places {
  places: number;
  count: number;
}
