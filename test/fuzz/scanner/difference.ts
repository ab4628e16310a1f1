import { type Kernel, loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner, type Naming, type ScannedPayload, type ScannedRows } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { isWritable } from '#columnar/vector/make-column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { MadeColumn } from '#columnar/vector/vector.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { StructField, StructType } from '#delta/schema.ts';
import { decodeJson } from '#formats/json.ts';
import { type RowOf, rowCoercion } from '#pipeline/coerce/coerce-row.ts';
import { Misfit } from '#pipeline/coerce/misfit.ts';
import { positionFields, positionValues } from '#pipeline/ingest/position-columns.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import { isSameValue, valuesOf } from '../vector-values.ts';

/** What one scanner sees: batches of payloads of one table. */
export interface ScannerCase {
  schema: StructType;
  positionColumns: boolean;
  /** Nothing: a tombstone that becomes a row of nulls. */
  batches: readonly (readonly (Buffer | undefined)[])[];
}

/** Where scanner and parser disagree. */
export interface Difference {
  message: string;
  batch: number;
  /** Absent where no single row is at fault. */
  row?: number;
}

/** Rows that the parser makes, or why it makes none. */
type Outcome = { row: readonly ColumnValue[] } | { refusal: string };

let kernel: Kernel | undefined;
const sourceRecord = (row: number): SourceRecord => ({
  source: 'source',
  partition: '0',
  position: String(row >> 2),
  timestampMs: 0,
  key: undefined,
  value: undefined,
  headers: [],
});

/** What has been compared so far. */
export interface Tally {
  records: number;
  /** Of these, made to rows by the scanner alone. */
  scanned: number;
}

/** Scans all batches with one scanner, its leavings parsed, and compares with every record parsed. `naming` is the scanner's. */
export function differenceOf(
  { schema, positionColumns, batches }: ScannerCase,
  tally: Tally = { records: 0, scanned: 0 },
  naming: Naming = { nameOf: columnNameOf, keyOf: columnKeyOf },
): Difference | undefined {
  kernel ??= loadKernel();
  const start = kernel.mark();
  try {
    const reserved = new Set(positionColumns ? positionFields.map(({ name }) => name) : []);
    const scanner = new JsonScanner(kernel, schema, naming, reserved);
    const rowOf = rowCoercion(schema, positionColumns);
    const arena = new PayloadArena(kernel);
    for (const [batch, payloads] of batches.entries()) {
      arena.reset();
      const outcomes = payloads.map((payload, row) => parsed(rowOf, payload, row));
      const placed = payloads.map((payload, row) => placedIn(arena, payload, batch + row));
      const scanned = scanner.scan(placed);
      tally.records += payloads.length;
      tally.scanned += payloads.length - scanned.unscanned.length;
      const found = new Comparison(schema, positionColumns, outcomes, scanned).difference(batch % 3 === 1);
      if (found !== undefined) return { ...found, batch };
    }
    return undefined;
  } finally {
    kernel.release(start);
  }
}

/** As events place them, as views, or elsewhere than in the kernel's memory. */
function placedIn(arena: PayloadArena, payload: Buffer | undefined, number: number): ScannedPayload | undefined {
  if (payload === undefined || number % 97 === 96) return payload;
  return number % 2 === 0 ? arena.place(payload.toString('base64')) : arena.add(payload);
}

function parsed(rowOf: RowOf, payload: Buffer | undefined, row: number): Outcome {
  const decoded = payload === undefined ? undefined : decodeJson(payload);
  if (decoded?.kind === 'failure') return { refusal: `${decoded.error}: ${decoded.message}` };
  const outcome = rowOf(decoded?.record, sourceRecord(row));
  return outcome instanceof Misfit ? { refusal: `${outcome.error}: ${outcome.message}` } : { row: outcome };
}

class Comparison {
  readonly #fields: readonly StructField[];
  readonly #positionColumns: boolean;
  readonly #outcomes: readonly Outcome[];
  readonly #scanned: ScannedRows;

  constructor(schema: StructType, positionColumns: boolean, outcomes: readonly Outcome[], scanned: ScannedRows) {
    this.#fields = schema.fields;
    this.#positionColumns = positionColumns;
    this.#outcomes = outcomes;
    this.#scanned = scanned;
  }

  /** `isInParts`: of the rows that one of several files has. */
  difference(isInParts: boolean): Omit<Difference, 'batch'> | undefined {
    const { length } = this.#scanned;
    if (length !== this.#outcomes.length) return { message: `expected ${this.#outcomes.length} rows, got ${length}` };
    const rows = this.#outcomes.flatMap((outcome, row) => ('row' in outcome ? [row] : []));
    /** Some rows are left out of files: the table may have them. */
    const fewer = rows.filter((row) => row % 5 !== 0 && row % 64 !== 9);
    const found = this.#takenWrongly() ?? this.#complete() ?? this.#columnsDiffer(isInParts ? fewer : rows);
    return found ?? (isInParts ? this.#groupsDiffer(fewer) : undefined);
  }

  /** Rows that the scanner made of records which the parser refuses. */
  #takenWrongly(): Omit<Difference, 'batch'> | undefined {
    const unscanned = new Set(this.#scanned.unscanned);
    const row = this.#outcomes.findIndex((outcome, index) => 'refusal' in outcome && !unscanned.has(index));
    if (row < 0) return undefined;
    const { refusal } = this.#outcomes[row] as { refusal: string };
    return { row, message: `expected the record to be left to the parser, which says ${refusal}; it was scanned` };
  }

  /** Puts what the parser makes of the rest, and position columns of all. */
  #complete(): undefined {
    let last = -1;
    for (const row of this.#scanned.unscanned) {
      if (row <= last) throw new Error(`expected ascending rows, got ${row} after ${last}`);
      last = row;
      const outcome = this.#outcomes[row] as Outcome;
      if ('row' in outcome) this.#scanned.put(row, outcome.row);
    }
    if (!this.#positionColumns) return;
    const first = this.#fields.length - positionFields.length;
    for (const [row, outcome] of this.#outcomes.entries()) {
      if ('refusal' in outcome) continue;
      for (const [index, text] of positionValues(sourceRecord(row)).entries()) {
        this.#scanned.putText(first + index, row, text);
      }
    }
  }

  /** Rows by the values of one column, then by those of two. */
  #groupsDiffer(rows: readonly number[]): Omit<Difference, 'batch'> | undefined {
    const leaves = this.#fields.flatMap(({ type }, place) => (typeof type === 'string' ? [place] : []));
    for (const columns of [leaves.slice(0, 1), leaves.slice(-2), leaves.slice(1, 3)]) {
      if (columns.length === 0) continue;
      const wanted = new Map<string, number[]>();
      for (const row of rows) {
        const outcome = this.#outcomes[row] as { row: readonly ColumnValue[] };
        const key = keyOf(columns.map((place) => outcome.row[place] as ColumnValue));
        const group = wanted.get(key);
        if (group === undefined) wanted.set(key, [row]);
        else group.push(row);
      }
      const groups = this.#scanned.groupRows(columns, Int32Array.from(rows)).map((group) => [...group.rows]);
      const [expected, got] = [[...wanted.values()], groups].map((each) => JSON.stringify(each));
      if (expected !== got) return { message: `groups of columns ${columns}: expected ${expected}, got ${got}` };
    }
    return undefined;
  }

  #columnsDiffer(rows: readonly number[]): Omit<Difference, 'batch'> | undefined {
    const places = this.#fields.flatMap(({ type }, place) => (isWritable(type) ? [place] : []));
    const expected = new RowColumns(places.map((place) => this.#fields[place] as StructField));
    for (const row of rows) {
      const outcome = this.#outcomes[row] as { row: readonly ColumnValue[] };
      expected.append(places.map((place) => outcome.row[place] as ColumnValue));
    }
    const columns =
      rows.length === this.#outcomes.length
        ? this.#scanned.columns(places)
        : this.#scanned.columns(places, Int32Array.from(rows));
    for (const [index, place] of places.entries()) {
      const found = this.#columnDiffers(
        place,
        rows,
        columns[index] as MadeColumn,
        expected.columns[index] as MadeColumn,
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #columnDiffers(
    place: number,
    rows: readonly number[],
    column: MadeColumn,
    expected: MadeColumn,
  ): Omit<Difference, 'batch'> | undefined {
    const { name, type } = this.#fields[place] as StructField;
    const about = `column ${JSON.stringify(name)} (${JSON.stringify(type)})`;
    const vector = column.vector();
    const values = vector.length === rows.length ? valuesOf(vector, type) : [];
    if (values.length !== rows.length)
      return { message: `${about}: expected ${rows.length} rows, got ${vector.length}` };
    for (const [index, row] of rows.entries()) {
      const { row: meant } = this.#outcomes[row] as { row: readonly ColumnValue[] };
      const wanted = meant[place] as ColumnValue;
      const value = this.#scanned.value(place, row);
      for (const got of [values[index] as ColumnValue, value]) {
        if (!isSameValue(wanted, got))
          return { row, message: `${about}: expected ${shown(wanted)}, got ${shown(got)}` };
      }
    }
    return describedOtherwise(about, column, expected);
  }
}

/** Statistics of a column and, where it is a struct, of its fields. */
function describedOtherwise(about: string, column: MadeColumn, expected: MadeColumn): { message: string } | undefined {
  const [got, wanted] = [column, expected].map((each) =>
    JSON.stringify([each.nullCount, each.bounds() ?? 'no bounds']),
  );
  if (got !== wanted) return { message: `${about}: expected nulls and bounds ${wanted}, got ${got}` };
  if (column.children?.length !== expected.children?.length) return { message: `${about}: expected fields, got none` };
  for (const [index, child] of (column.children ?? []).entries()) {
    const found = describedOtherwise(`${about}, field ${index}`, child, expected.children?.[index] as MadeColumn);
    if (found !== undefined) return found;
  }
  return undefined;
}

const keyOf = (value: ColumnValue): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    return Object.is(part, -0) ? '-0' : part;
  });

function shown(value: ColumnValue): string {
  const text = keyOf(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
