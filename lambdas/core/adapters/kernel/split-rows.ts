import type { Kernel } from '#columnar/kernel/kernel.ts';
import type { ScannedRows as KernelRows } from '#columnar/scan/json-scanner.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { MadeColumn } from '#columnar/vector/vector.ts';
import type { StructField, StructType } from '#delta/schema.ts';
import type { ScannedRows } from '#pipeline/ingest/unfiled-rows.ts';
import type { SecondCore } from './second-core.ts';
import type { RowEdits } from './second-core-jobs.ts';
import { SplitFile } from './split-file.ts';

/** A file of fewer rows, on the average of a batch's, is not worth a row group from each core. */
const leastRowsOfFile = 6_000;

export interface SplitScan {
  kernel: Kernel;
  core: SecondCore;
  /** How many scans of the batch the second core had before. */
  scan: number;
  schema: StructType;
  length: number;
  /** Rows from the start on that are here; those behind them the second core has. */
  first: KernelRows;
  /** Of its own, those that are left to the parser. */
  unscannedThere: readonly number[];
  /** Scans all of them here. */
  scanHere: () => KernelRows;
  /** Told where rows were of too many files. */
  onManyFiles: () => void;
}

/**
 * Rows of one scan on two cores. What cannot be done there, or not since the second core failed, is done with all of them here: they
 * are scanned again, and given again what was put into them.
 */
export class SplitRows implements ScannedRows {
  readonly length: number;
  readonly #scan: SplitScan;
  /** How many are here. */
  readonly #half: number;
  readonly #puts = new Map<number, readonly ColumnValue[]>();
  readonly #texts = new Map<number, (string | undefined)[]>();
  /** What the second core has not heard of yet. */
  #isEdited = false;
  /** By row and column. */
  readonly #firstValues = new Map<number, Map<number, ColumnValue>>();
  #whole: KernelRows | undefined;

  constructor(scan: SplitScan) {
    this.length = scan.length;
    this.#scan = scan;
    this.#half = scan.first.length;
  }

  get unscanned(): readonly number[] {
    const { first, unscannedThere } = this.#scan;
    return this.#whole?.unscanned ?? [...first.unscanned, ...unscannedThere.map((row) => row + this.#half)];
  }

  put(row: number, values: readonly ColumnValue[]): void {
    // Texts are put over values, there as when rows are scanned again.
    if (this.#texts.size > 0) this.whole();
    this.#puts.set(row, values);
    this.#changed(row)?.put(row, values);
  }

  putText(column: number, row: number, text: string): void {
    let texts = this.#texts.get(column);
    if (texts === undefined) {
      texts = new Array(this.length);
      this.#texts.set(column, texts);
    }
    texts[row] = text;
    this.#changed(row)?.putText(column, row, text);
  }

  value(column: number, row: number): ColumnValue {
    if (this.#whole === undefined && row < this.#half) return this.#scan.first.value(column, row);
    const known = this.#whole === undefined ? this.#firstValues.get(row)?.get(column) : undefined;
    return known === undefined ? this.whole().value(column, row) : known;
  }

  groupRows(columns: readonly number[], rows: Int32Array): { rows: Int32Array }[] {
    if (this.#whole !== undefined) return this.#whole.groupRows(columns, rows);
    const { core, scan, first, onManyFiles } = this.#scan;
    const [here, there] = this.#halvesOf(rows);
    const answer = core.ask({ kind: 'group', scan, edits: this.#edits(), columns, rows: there });
    const groups = first.groupRows(columns, here);
    const groupsThere = answer();
    const files = Math.max(groups.length, groupsThere?.length ?? 0);
    if (groupsThere === undefined || rows.length < files * leastRowsOfFile) {
      if (groupsThere !== undefined) onManyFiles();
      return this.whole().groupRows(columns, rows);
    }
    for (const { rows: own, values } of groupsThere) {
      const group = own.map((row) => row + this.#half);
      this.#firstValues.set(group[0] as number, new Map(columns.map((column, at) => [column, values[at] ?? null])));
      groups.push({ rows: group });
    }
    return groups;
  }

  columns(places: readonly number[], rows?: Int32Array): readonly MadeColumn[] {
    if (this.#whole !== undefined) return this.#whole.columns(places, rows);
    const { kernel, core, scan, schema, first } = this.#scan;
    const [here, there] = rows === undefined ? [undefined, undefined] : this.#halvesOf(rows);
    if (there?.length === 0) return first.columns(places, here);
    const rowsHere = here?.length ?? this.#half;
    const file = new SplitFile({
      kernel,
      length: rows?.length ?? this.length,
      here: rowsHere === 0 ? undefined : { columns: first.columns(places, here), rows: rowsHere },
      askThere: (what) => core.ask({ kind: 'encode', scan, edits: this.#edits(), places, rows: there, ...what }),
      allHere: () => this.whole().columns(places, rows),
      types: places.map((place) => (schema.fields[place] as StructField).type),
    });
    return file.columns;
  }

  putValue(place: readonly number[], row: number, value: ColumnValue): void {
    this.whole().putValue(place, row, value);
  }

  cutTexts(column: number, start: number, length: number): void {
    this.whole().cutTexts(column, start, length);
  }

  readTimes(from: number, to: number): readonly number[] {
    return this.whole().readTimes(from, to);
  }

  writeInstants(from: number, to: number): void {
    this.whole().writeInstants(from, to);
  }

  countUnits(from: number, to: number, size: number): void {
    this.whole().countUnits(from, to, size);
  }

  leave(rows: readonly number[]): void {
    if (rows.length > 0) this.whole().leave(rows);
  }

  /** All rows here, from now on. */
  whole(): KernelRows {
    if (this.#whole !== undefined) return this.#whole;
    const rows = this.#scan.scanHere();
    for (const [row, values] of this.#puts) rows.put(row, values);
    for (const [column, texts] of this.#texts) {
      for (const [row, text] of texts.entries()) if (text !== undefined) rows.putText(column, row, text);
    }
    this.#whole = rows;
    return rows;
  }

  /** The rows here that it is among. */
  #changed(row: number): KernelRows | undefined {
    if (this.#whole !== undefined) return this.#whole;
    if (row < this.#half) return this.#scan.first;
    this.#isEdited = true;
    return undefined;
  }

  /** Ascending rows by the core that has them, each as it numbers them. */
  #halvesOf(rows: Int32Array): [here: Int32Array, there: Int32Array<ArrayBuffer>] {
    const behind = rows.findIndex((row) => row >= this.#half);
    const split = behind < 0 ? rows.length : behind;
    return [rows.subarray(0, split), Int32Array.from(rows.subarray(split), (row) => row - this.#half)];
  }

  #edits(): RowEdits {
    if (!this.#isEdited) return { puts: [], texts: [] };
    this.#isEdited = false;
    const half = this.#half;
    return {
      puts: [...this.#puts].flatMap(([row, values]) => (row < half ? [] : [[row - half, values] as const])),
      texts: [...this.#texts].map(([column, texts]) => ({ column, ...runsOf(texts, half) })),
    };
  }
}

/** Equal texts one after another are handed over once. */
function runsOf(
  texts: readonly (string | undefined)[],
  from: number,
): { runs: (string | undefined)[]; rows: number[] } {
  const runs: (string | undefined)[] = [];
  const rows: number[] = [];
  for (let row = from; row < texts.length; row++) {
    if (runs.length > 0 && texts[row] === runs.at(-1)) rows[rows.length - 1]!++;
    else {
      runs.push(texts[row]);
      rows.push(1);
    }
  }
  return { runs, rows };
}
