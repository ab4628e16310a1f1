/** Functions of the kernel that make columns of JSON; parameters are addresses where nothing else is said. See kernel/*.ts. */
export interface ScanExports {
  useTables(
    tables: number,
    buckets: number,
    bucketCount: number,
    appendix: number,
    nameStack: number,
    scratch: number,
  ): void;
  addName(offset: number): void;
  /** Answers how many records are done. */
  scanRecords(
    spans: number,
    firstRow: number,
    count: number,
    left: number,
    presence: number,
    stride: number,
    slots: number,
    rootOffset: number,
  ): number;
  /** Why it has stopped: see kernel/layout.ts. */
  haltReason(): number;
  /** Of powers-of-five.ts; 0 for none. */
  usePowersOfFive(address: number): void;
  /** Behind the last row that was left to the parser. */
  leftEnd(): number;
  appendixEnd(): number;
  strangeNameStart(): number;
  strangeNameLength(): number;
  strangeNameNode(): number;

  cutTexts(present: number, starts: number, ends: number, rows: number, first: number, length: number): void;
  /** `kind`: `dateOnly`, `localTime` or `instant` of kernel/time.ts. Answers how many rows went to `left`. */
  readTimes(
    textPresent: number,
    starts: number,
    ends: number,
    rows: number,
    kind: number,
    present: number,
    cells: number,
    left: number,
    scratch: number,
  ): number;
  /** Answers where the texts end. */
  writeInstants(
    instantPresent: number,
    instants: number,
    rows: number,
    present: number,
    starts: number,
    ends: number,
    out: number,
  ): number;

  countUnits(
    instantPresent: number,
    instants: number,
    rows: number,
    present: number,
    cells: number,
    size: number,
  ): void;

  packBits(bytes: number, places: number, count: number, out: number): number;
  pickFixed(values: number, width: number, places: number, count: number, out: number): void;
  splitGroups(
    groups: number,
    present: number,
    values: number,
    ends: number,
    width: number,
    places: number,
    count: number,
    buckets: number,
    bucketCount: number,
    firsts: number,
    before: number,
  ): number;
}
