/** Functions of the kernel that make Parquet of vectors; parameters are addresses where nothing else is said. See kernel/*.ts. */
export interface EncodeExports {
  placesOf(validity: number, firstRow: number, rows: number, out: number): number;
  countBits(bits: number, firstBit: number, count: number): number;
  copyBits(bits: number, firstBit: number, count: number, out: number): void;
  gatherBits(bits: number, places: number, count: number, out: number): void;
  gatherFixed(values: number, width: number, places: number, count: number, out: number): void;
  gatherDecimals(words: number, places: number, count: number, width: number, out: number): void;
  gatherLow(values: number, stride: number, places: number, count: number, width: number, out: number): void;
  fillSlices(width: number, places: number, count: number, starts: number, ends: number): void;

  readAhead(from: number, end: number): number;

  bytesIn(starts: number, ends: number, places: number, count: number): bigint;
  writePlainBytes(bytes: number, starts: number, ends: number, places: number, count: number, out: number): number;

  beginDictionary(
    state: number,
    maxBytes: number,
    slots: number,
    entryStarts: number,
    entryEnds: number,
    indices: number,
    page: number,
    hashes: number,
    entryHashes: number,
  ): void;
  growDictionary(state: number, bytes: number, starts: number, ends: number, places: number, count: number): number;
  dictionaryOf32(
    values: number,
    count: number,
    slots: number,
    maxEntries: number,
    distinct: number,
    indices: number,
  ): number;
  dictionaryOf64(
    values: number,
    count: number,
    slots: number,
    maxEntries: number,
    distinct: number,
    indices: number,
  ): number;

  packHybrid(values: number, count: number, bitWidth: number, out: number): number;

  extremesOfIntegers(values: number, width: number, places: number, count: number, out: number): void;
  extremesOfFloats(values: number, width: number, places: number, count: number, out: number): number;
  extremesOfDecimals(words: number, places: number, count: number, out: number): void;
  extremesOfBytes(bytes: number, starts: number, ends: number, places: number, count: number, out: number): void;

  enterRows(rows: number, definitions: number, repetitions: number, places: number): void;
  enterOptional(validity: number, entries: number, definitions: number, places: number): void;
  entriesInLists(offsets: number, entries: number, places: number): number;
  enterLists(
    offsets: number,
    entries: number,
    repetition: number,
    definitions: number,
    repetitions: number,
    places: number,
    outDefinitions: number,
    outRepetitions: number,
    outPlaces: number,
  ): void;
  placesOfEntries(places: number, entries: number, out: number): number;
  entryAfterRows(repetitions: number, entries: number, firstEntry: number, rows: number): number;
  countLevels(levels: number, firstEntry: number, endEntry: number, level: number): number;

  insertBytes(
    bytes: number,
    starts: number,
    ends: number,
    places: number,
    count: number,
    filter: number,
    blocks: number,
  ): void;
  insertFixed(values: number, width: number, count: number, filter: number, blocks: number): void;
}
