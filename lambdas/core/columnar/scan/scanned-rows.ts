import { kindBinary, kindList, kindRefused, kindString, kindStruct } from '../kernel/assembly/layout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { ColumnValue } from '../vector/column.ts';
import type { MadeColumn } from '../vector/vector.ts';
import { vectorColumns } from '../vector/vector-column.ts';
import { readCell, writeCell } from './scan-cell-value.ts';
import type { ScanCells } from './scan-cells.ts';
import { countUnits, cutTexts, readTimes, writeInstants } from './scan-derive.ts';
import { kindMap, type Slot, type SlotTree } from './scan-slot.ts';
import { vectorOf } from './scan-vector.ts';

const textBlockBytes = 1 << 16;

/** Rows in columns, in the kernel's memory: scanned ones, and between them what was parsed. */
export class ScannedRows {
  readonly #kernel: Kernel;
  readonly #tree: SlotTree;
  readonly #cells: ScanCells;
  readonly length: number;
  #unscanned: readonly number[];
  #text = 0;
  #textEnd = 0;
  /** The text that each column was last given. */
  readonly #lastText = new Map<Slot, { text: string; start: number; end: number }>();

  constructor(kernel: Kernel, tree: SlotTree, cells: ScanCells, unscanned: Int32Array) {
    this.#kernel = kernel;
    this.#tree = tree;
    this.#cells = cells;
    this.length = tree.spaces[0]?.count ?? 0;
    this.#unscanned = Array.from(unscanned);
  }

  /** Rows that are left to the parser, ascending: all null so far. */
  get unscanned(): readonly number[] {
    return this.#unscanned;
  }

  /** Leaves further rows to the parser. */
  leave(rows: readonly number[]): void {
    if (rows.length === 0) return;
    for (const row of rows) this.put(row, []);
    this.#unscanned = [...new Set([...this.#unscanned, ...rows])].sort((left, right) => left - right);
  }

  /** Puts a parsed row into its place: values in the schema's order; columns behind the last of them are null. */
  put(row: number, values: readonly ColumnValue[]): void {
    this.#checkRow(row);
    for (const [index, slot] of this.#tree.root.entries()) this.#put(slot, row, values[index] ?? null);
  }

  /** Puts one value into its place: a column's, or a field's, by the places on the way to it. The structs around it are there then. */
  putValue([column, ...fields]: readonly number[], row: number, value: ColumnValue): void {
    this.#checkRow(row);
    let slot = this.#slot(column as number);
    for (const field of fields) {
      this.#kernel.bytes[slot.present + row] = 1;
      slot = slot.fields[field] as Slot;
    }
    if (typeof value === 'string') this.#putText(slot, row, value);
    else this.#put(slot, row, value);
  }

  /** Gives a string column's row a text; equal ones one after another are stored once. */
  putText(column: number, row: number, text: string): void {
    this.#checkRow(row);
    this.#putText(this.#slot(column), row, text);
  }

  #putText(slot: Slot, row: number, text: string): void {
    let last = this.#lastText.get(slot);
    if (last?.text !== text) {
      last = { text, ...this.#write(text) };
      this.#lastText.set(slot, last);
    }
    this.#putSpan(slot, row, last.start, last.end);
  }

  /** Leaves so many characters (code points) of each of a string column's texts, from `start` on. */
  cutTexts(column: number, start: number, length: number): void {
    cutTexts(this.#kernel, this.#slot(column), { rows: this.length, start, length });
  }

  /** Fills a column of dates or times with what a string column says; answers the rows whose texts are no such time. */
  readTimes(from: number, to: number): readonly number[] {
    return readTimes(this.#kernel, this.#slot(from), this.#slot(to), this.length);
  }

  /** Fills a string column with a timestamp column's instants, in ISO 8601. */
  writeInstants(from: number, to: number): void {
    writeInstants(this.#kernel, this.#slot(from), this.#slot(to), this.length);
  }

  /** Fills a column of longs with the whole units of `size` microseconds that a timestamp column's instants are since 1970. */
  countUnits(from: number, to: number, size: number): void {
    countUnits(this.#kernel, this.#slot(from), this.#slot(to), { rows: this.length, size });
  }

  value(column: number, row: number): ColumnValue {
    this.#checkRow(row);
    return this.#value(this.#slot(column), row);
  }

  /** Splits rows (ascending) by the values of columns that are neither structs nor lists; groups in the order of their first rows. */
  groupRows(columns: readonly number[], rows: Int32Array): { rows: Int32Array }[] {
    const kernel = this.#kernel;
    const mark = kernel.mark();
    const count = rows.length;
    const [places, groups, firsts, before] = [0, 0, 0, 0].map(() => kernel.allocate(count * 4)) as [
      number,
      number,
      number,
      number,
    ];
    const buckets = 2 ** Math.ceil(Math.log2(count * 2 + 2));
    const bucketsAddress = kernel.allocate(buckets * 4);
    const { bytes } = kernel;
    new Int32Array(bytes.buffer, places, count).set(rows);
    const groupOf = new Int32Array(bytes.buffer, groups, count).fill(0);
    let found = count === 0 ? 0 : 1;
    for (const column of columns) {
      const { present, cells, ends, width } = this.#slot(column);
      bytes.fill(0, bucketsAddress, bucketsAddress + buckets * 4);
      found = kernel.exports.splitGroups(
        groups,
        present,
        cells,
        ends,
        width,
        places,
        count,
        bucketsAddress,
        buckets,
        firsts,
        before,
      );
    }
    const sizes = new Int32Array(found);
    for (let at = 0; at < count; at++) sizes[groupOf[at] as number]!++;
    const split = Array.from(sizes, (size) => ({ rows: new Int32Array(size) }));
    sizes.fill(0);
    for (let at = 0; at < count; at++) {
      const group = groupOf[at] as number;
      (split[group] as { rows: Int32Array }).rows[sizes[group]!++] = rows[at] as number;
    }
    kernel.release(mark);
    return split;
  }

  /** Columns of these rows (ascending; all where nothing is said), for one file: valid as long as the kernel's memory is. */
  columns(places: readonly number[], rows?: Int32Array): readonly MadeColumn[] {
    const kernel = this.#kernel;
    let address = 0;
    if (rows !== undefined) {
      address = kernel.allocate(rows.length * 4);
      new Int32Array(kernel.bytes.buffer, address, rows.length).set(rows);
    }
    const count = rows?.length ?? this.length;
    const slots = places.map((place) => this.#slot(place));
    const vectors = slots.map((slot) => ({ type: slot.type, vector: vectorOf(kernel, slot, address, count) }));
    return vectorColumns(kernel, vectors);
  }

  #slot(column: number): Slot {
    const slot = this.#tree.root[column];
    if (slot === undefined) throw new RangeError(`expected one of ${this.#tree.root.length} columns, got ${column}`);
    return slot;
  }

  #checkRow(row: number): void {
    if (!(row >= 0 && row < this.length)) throw new RangeError(`expected one of ${this.length} rows, got ${row}`);
  }

  #put(slot: Slot, row: number, value: ColumnValue): void {
    const { bytes, view } = this.#kernel;
    bytes[slot.present + row] = value === null ? 0 : 1;
    if (value === null) {
      for (const field of slot.fields) this.#put(field, row, null);
      return;
    }
    switch (slot.kind) {
      case kindString: {
        const { start, end } = this.#write(value as string);
        this.#putSpan(slot, row, start, end);
        break;
      }
      case kindBinary: {
        const start = this.#reserve((value as Uint8Array).length);
        this.#kernel.bytes.set(value as Uint8Array, start);
        this.#text += (value as Uint8Array).length;
        this.#putSpan(slot, row, start, this.#text);
        break;
      }
      case kindStruct:
        for (const [index, field] of slot.fields.entries()) {
          this.#put(field, row, (value as readonly ColumnValue[])[index] as ColumnValue);
        }
        break;
      case kindList:
      case kindMap:
        this.#putList(slot, row, value as readonly ColumnValue[]);
        break;
      case kindRefused:
        throw new TypeError(`expected a column that values can be put into, got one of ${JSON.stringify(slot.type)}`);
      default:
        writeCell(view, slot.kind, slot.cells + row * slot.width, value);
    }
  }

  #putList(slot: Slot, row: number, values: readonly ColumnValue[]): void {
    const items = slot.items as Slot;
    const { space } = items;
    const start = space.count;
    while (space.capacity < start + values.length) this.#cells.grow(space);
    space.count += values.length;
    for (const [index, value] of values.entries()) this.#put(items, start + index, value);
    this.#putSpan(slot, row, start, start + values.length);
  }

  #putSpan(slot: Slot, row: number, start: number, end: number): void {
    const { bytes, view } = this.#kernel;
    bytes[slot.present + row] = 1;
    view.setUint32(slot.cells + row * slot.width, start, true);
    view.setUint32(slot.ends + row * slot.width, end, true);
  }

  #value(slot: Slot, row: number): ColumnValue {
    const { bytes, view } = this.#kernel;
    if (bytes[slot.present + row] === 0) return null;
    switch (slot.kind) {
      case kindString:
        return bytes.toString('utf8', ...this.#span(slot, row));
      case kindBinary:
        return Uint8Array.from(bytes.subarray(...this.#span(slot, row)));
      case kindStruct:
        return slot.fields.map((field) => this.#value(field, row));
      case kindList:
      case kindMap: {
        const [start, end] = this.#span(slot, row);
        return Array.from({ length: end - start }, (_, index) => this.#value(slot.items as Slot, start + index));
      }
      default:
        return readCell(view, slot.kind, slot.cells + row * slot.width);
    }
  }

  #span({ cells, ends, width }: Slot, row: number): [start: number, end: number] {
    const { view } = this.#kernel;
    return [view.getUint32(cells + row * width, true), view.getUint32(ends + row * width, true)];
  }

  #write(text: string): { start: number; end: number } {
    const start = this.#reserve(text.length * 3);
    this.#text += this.#kernel.bytes.write(text, start, 'utf8');
    return { start, end: this.#text };
  }

  /** Address of so many bytes for texts. */
  #reserve(bytes: number): number {
    if (this.#text + bytes > this.#textEnd) {
      this.#text = this.#kernel.allocate(Math.max(bytes, textBlockBytes));
      this.#textEnd = this.#text + Math.max(bytes, textBlockBytes);
    }
    return this.#text;
  }
}
