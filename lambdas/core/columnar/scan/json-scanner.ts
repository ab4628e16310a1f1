import { type Buffer, isUtf8 } from 'node:buffer';
import type { StructType } from '#delta/schema.ts';
import { haltForItems, haltForName, haltForPowers, mostOpenNames } from '../kernel/assembly/layout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { PlacedPayload } from './payload-arena.ts';
import { powersOfFive } from './powers-of-five.ts';
import { noCaptures, type ScanCaptures } from './scan-captures.ts';
import { ScanCells } from './scan-cells.ts';
import { type SlotTree, type Space, slotsOf } from './scan-slot.ts';
import { ScannedRows } from './scanned-rows.ts';
import { type Naming, ScannerTables } from './scanner-tables.ts';

export type { ScannedRows } from './scanned-rows.ts';
export type { Naming } from './scanner-tables.ts';

/** A payload, or where it lies: in the kernel's memory, or wherever its bytes are. */
export type ScannedPayload = Uint8Array | { readonly bytes: Uint8Array };

/** Behind each payload: ends a UTF-8 sequence, and whatever of JSON is not at its end. */
const gap = 0x0a;
/** So many names of one record are learned, and it is read again for each: more are left to the parser. */
const mostNamesOfRow = 32;
/** Texts are copied 16 bytes at a time. */
const copySlackBytes = 16;
/** A record without fields, which is what a row of nulls is made of. */
const noFields = '{}';
/** Payloads so near each other are read as one text when their UTF-8 is looked at. */
const nearBytes = 256;

/** Payloads one after another in memory: their rows are among these. */
interface Run {
  start: number;
  end: number;
  firstRow: number;
  lastRow: number;
}

interface PlacedPayloads {
  /** Start and end of each payload. */
  spans: Uint32Array;
  runs: readonly Run[];
  /** Bytes of all of them, and of the longest. */
  total: number;
  longest: number;
}

/**
 * Makes columns of JSON payloads, without an object or a string for any of them. What it answers for a record is just what
 * decoding and coercing it would make; where it cannot tell, or there is a fault, the record is left to them.
 */
export class JsonScanner {
  readonly #kernel: Kernel;
  readonly #schema: StructType;
  readonly #tables: ScannerTables;
  /** How often one text may be read, at most. */
  readonly #readings: number;
  /** Whether its records have had doubles of so many digits that these take powers of five. */
  #needsPowers = false;

  /** `schema`: all columns of the table, partition columns too; `reserved`: columns that no field may fill. */
  constructor(
    kernel: Kernel,
    schema: StructType,
    naming: Naming,
    reserved: ReadonlySet<string>,
    captures: ScanCaptures = noCaptures,
  ) {
    this.#kernel = kernel;
    this.#schema = schema;
    this.#tables = new ScannerTables(schema, slotsOf(schema), naming, { reserved, captures });
    this.#readings = 1 + captures.captures.length;
  }

  /**
   * Scans payloads into rows, one each; nothing for a row of nulls. Payloads in the kernel's own memory are not copied. The rows
   * lie in the kernel's memory, and are valid until that is released.
   */
  scan(payloads: readonly (ScannedPayload | undefined)[]): ScannedRows {
    const kernel = this.#kernel;
    const { spans, runs, total, longest } = this.#placePayloads(payloads);
    for (const row of this.#invalidTexts(spans, runs)) spans[row * 2 + 1] = spans[row * 2] as number;
    const tree = slotsOf(this.#schema);
    const cells = new ScanCells(kernel, tree, payloads.length);
    const appendix = kernel.allocate(total * this.#readings + copySlackBytes);
    const left = this.#scanAll(spans, tree, cells, { appendix, longest });
    return new ScannedRows(kernel, tree, cells, left);
  }

  /** Where each payload is, in the kernel's memory. */
  #placePayloads(payloads: readonly (ScannedPayload | undefined)[]): PlacedPayloads {
    const kernel = this.#kernel;
    const nulls = kernel.allocate(noFields.length);
    const address = kernel.allocate(payloads.length * 8);
    let { bytes } = kernel;
    bytes.write(noFields, nulls, 'latin1');
    const { buffer } = bytes;
    const spans = new Uint32Array(buffer, address, payloads.length * 2);
    const outside: { row: number; view: Uint8Array }[] = [];
    const runs: Run[] = [];
    let run: Run | undefined;
    let total = 0;
    let longest = 0;
    let copied = 0;
    for (let row = 0; row < payloads.length; row++) {
      const payload = payloads[row];
      if (payload === undefined) {
        spans[row * 2] = nulls;
        spans[row * 2 + 1] = nulls + noFields.length;
        continue;
      }
      let start = 0;
      let end = 0;
      let isInPlace = payload instanceof PlacedPayload && payload.kernel === kernel;
      if (isInPlace) ({ start, end } = payload as PlacedPayload);
      else {
        const view = payload instanceof Uint8Array ? payload : payload.bytes;
        const address = kernel.addressOf(view);
        start = address ?? 0;
        end = start + view.length;
        isInPlace = address !== undefined && bytes[end] === gap;
        if (!isInPlace) {
          outside.push({ row, view });
          copied += view.length + 1;
        }
      }
      if (isInPlace && run !== undefined && start >= run.end && start <= run.end + nearBytes) {
        run.end = end;
        run.lastRow = row;
      } else if (isInPlace) {
        run = { start, end, firstRow: row, lastRow: row };
        runs.push(run);
      }
      spans[row * 2] = start;
      spans[row * 2 + 1] = end;
      const length = end - start;
      total += length;
      if (length > longest) longest = length;
    }
    if (outside.length === 0) return { spans, runs, total, longest };
    let to = kernel.allocate(copied);
    runs.push({ start: to, end: to + copied, firstRow: 0, lastRow: payloads.length - 1 });
    bytes = kernel.bytes;
    for (const { row, view } of outside) {
      spans[row * 2] = to;
      bytes.set(view, to);
      to += view.length;
      spans[row * 2 + 1] = to;
      bytes[to++] = gap;
    }
    return { spans, runs, total, longest };
  }

  /** Rows whose payloads are no UTF-8: looked at all together, and one by one only where that fails. */
  #invalidTexts(spans: Uint32Array, runs: readonly Run[]): number[] {
    const { bytes } = this.#kernel;
    const invalid: number[] = [];
    for (const { start, end, firstRow, lastRow } of runs) {
      if (isUtf8(bytes.subarray(start, end))) continue;
      for (let row = firstRow; row <= lastRow; row++) {
        const first = spans[row * 2] as number;
        if (first < start || first >= end) continue;
        if (!isUtf8(bytes.subarray(first, spans[row * 2 + 1]))) invalid.push(row);
      }
    }
    return invalid;
  }

  /** Answers the rows that are left to the parser. */
  #scanAll(
    spans: Uint32Array,
    tree: SlotTree,
    cells: ScanCells,
    { appendix, longest }: { appendix: number; longest: number },
  ): Int32Array {
    const kernel = this.#kernel;
    const tables = this.#tables;
    const { exports } = kernel;
    const rows = spans.length / 2;
    tables.forget();
    const left = kernel.allocate(rows * 4);
    const nameStack = kernel.allocate(mostOpenNames * 8);
    const scratch = kernel.allocate(longest + copySlackBytes);
    let room = 0;
    let address = 0;
    let added = 0;
    let buckets = { address: 0, count: 0 };
    let nowhere = { address: 0, bytes: 0 };
    let unwritten = appendix;
    const use = () => {
      const { capacity } = cells;
      if (capacity > nowhere.bytes) nowhere = { address: kernel.allocate(capacity), bytes: capacity };
      if (tables.sizeBytes > room) {
        room = tables.sizeBytes * 2;
        address = kernel.allocate(room);
      }
      tables.copyTo(kernel.bytes, address, tree, nowhere.address);
      if (tables.names.length * 2 >= buckets.count) {
        const count = 2 ** Math.ceil(Math.log2(tables.names.length * 4 + 1));
        buckets = { address: kernel.allocate(count * 4), count };
        kernel.bytes.fill(0, buckets.address, buckets.address + count * 4);
        added = 0;
      }
      exports.useTables(address, buckets.address, buckets.count, unwritten, nameStack, scratch);
      for (; added < tables.names.length; added++) exports.addName(tables.names[added] as number);
    };
    if (this.#needsPowers) this.#bringPowers();
    else exports.usePowersOfFive(0);
    use();
    const { presence, stride, slots } = tree.spaces[0] as Space;
    let leftTo = left;
    let namesOfRow = 0;
    for (let row = 0; ; ) {
      const first: number = row;
      row = exports.scanRecords(spans.byteOffset, row, rows, leftTo, presence, stride, slots.length, tables.root);
      leftTo = exports.leftEnd();
      unwritten = exports.appendixEnd();
      tables.copyFrom(kernel.bytes, address, tree);
      if (row === rows) break;
      switch (exports.haltReason()) {
        case haltForPowers:
          this.#bringPowers();
          break;
        case haltForItems:
          cells.growFull();
          use();
          break;
        case haltForName: {
          namesOfRow = row === first ? namesOfRow + 1 : 1;
          const start = exports.strangeNameStart();
          const spelled: Buffer = kernel.bytes.subarray(start, start + exports.strangeNameLength());
          if (namesOfRow <= mostNamesOfRow && tables.learn(exports.strangeNameNode(), spelled)) use();
          else {
            kernel.view.setInt32(leftTo, row++, true);
            leftTo += 4;
          }
        }
      }
    }
    return new Int32Array(kernel.bytes.buffer, left, (leftTo - left) / 4);
  }
  #bringPowers(): void {
    const kernel = this.#kernel;
    const powers = powersOfFive();
    const address = kernel.allocate(powers.byteLength);
    new BigUint64Array(kernel.bytes.buffer, address, powers.length).set(powers);
    kernel.exports.usePowersOfFive(address);
    this.#needsPowers = true;
  }
}
