import { Buffer } from 'node:buffer';
import { type EpochUnit, epochUnitOf, microsecondDigits } from '#contract/epoch-unit.ts';
import type { ArrayType, StructType } from '#delta/schema.ts';
import {
  columnBytes,
  columnCapacity,
  columnCells,
  columnEnds,
  columnGreatest,
  columnInner,
  columnItemPresence,
  columnItemSlots,
  columnItemStride,
  columnItems,
  columnKind,
  columnLeast,
  columnPrecision,
  columnPresent,
  columnScale,
  kindDecimal,
  kindLong,
  kindOpen,
  kindRefused,
  kindSkipped,
  kindStruct,
  kindTee,
  kindText,
  kindTimestamp,
  kindUnits,
  kindUnknown,
  kindWideDecimal,
  longestName,
  nameBytes,
  nameColumn,
  nameHead,
  nameLength,
  nameMask,
  nameNode,
  nameText,
  nodeBytes,
  nodeRequired,
  nodeRequiredCount,
} from '../kernel/assembly/layout.ts';
import { capturesByName, filledIn, isDirectlyFilled, type ScanCapture, type ScanCaptures } from './scan-captures.ts';
import { kindMap, type Slot, type SlotTree } from './scan-slot.ts';

/** How fields of records are matched with columns: the two rules of the pipeline. */
export interface Naming {
  /** The column that a field's name means. */
  nameOf(fieldName: string): string;
  /** Columns of one key are the same. */
  keyOf(columnName: string): string;
}

/** A struct whose fields records fill: the row, a struct column, or an object of which something is captured. */
interface Node {
  /** Offsets of columns by key. */
  readonly columns: Map<string, number>;
  /** Offsets of what stands for names without a column, by name. */
  readonly unknown: Map<string, number>;
  /** What becomes of names without a column. */
  readonly unknownKind: number;
  /** Offsets of the columns that get a field's value as well, by its name. */
  readonly captured: ReadonlyMap<string, readonly number[]>;
  /** Offsets of tees, by name. */
  readonly tees: Map<string, number>;
}

interface ColumnRules {
  isReserved: boolean;
  epochUnit: EpochUnit | undefined;
  /** What of a struct no field fills. */
  within: ReadonlySet<string>;
}

const noNames: ReadonlySet<string> = new Set();
const anyColumn: ColumnRules = { isReserved: false, epochUnit: undefined, within: noNames };

const headBytes = 16;
const int64Limit = 2n ** 63n;
/** Microseconds of the years 0001 to 9999. */
const leastInstant = -62_135_596_800_000_000n;
const greatestInstant = 253_402_300_799_999_999n;
/** Spellings and names without a column that are kept; they are forgotten when there are more. */
const mostLearned = 500;
/** The same where such names are stepped over: those of many types come together. */
const mostSteppedOver = 4_000;

/**
 * Names, nodes and columns as the kernel reads them (kernel/layout.ts): one block of bytes, in which places are offsets, so that
 * it may lie anywhere. What scans learn in it stays.
 */
export class ScannerTables {
  #bytes = Buffer.alloc(4096);
  #end = nameBytes;
  readonly #nodes = new Map<number, Node>();
  readonly #naming: Naming;
  /** Offsets of all names. */
  readonly names: number[] = [];
  /** Offset of the row's node. */
  readonly root: number;
  /** Offsets of columns, in the order of the tree's slots. */
  readonly #columns: number[] = [];
  /** Offsets of further columns that write into a slot of the row. */
  readonly #captures: { place: number; offset: number }[] = [];
  /** Offsets of columns whose values nobody keeps. */
  #slotless: number[] = [];
  /** Where the tables end before anything is learned. */
  readonly #fixedEnd: number;
  readonly #fixedNames: number;
  readonly #mostLearned: number;

  constructor(
    schema: StructType,
    tree: SlotTree,
    naming: Naming,
    { reserved, captures }: { reserved: ReadonlySet<string>; captures: ScanCaptures },
  ) {
    this.#naming = naming;
    this.#mostLearned = captures.skipsOthers === true ? mostSteppedOver : mostLearned;
    // The name at offset 0 stands for none: no record has its first byte where a name is.
    this.#bytes.writeInt32LE(1, nameMask);
    this.root = this.#addNode(schema, tree.root, reserved, captures);
    this.#fixedEnd = this.#end;
    this.#fixedNames = this.names.length;
  }

  get sizeBytes(): number {
    return this.#end;
  }

  /** Writes the tables into the kernel's memory, with the addresses of these slots; `nowhere` is a byte for each row that nobody reads. */
  copyTo(memory: Buffer, address: number, { slots, root }: SlotTree, nowhere: number): void {
    for (const [index, offset] of this.#columns.entries()) this.#placeColumn(offset, slots[index] as Slot);
    for (const { place, offset } of this.#captures) this.#placeColumn(offset, root[place] as Slot);
    for (const offset of this.#slotless) this.#bytes.writeUInt32LE(nowhere, offset + columnPresent);
    this.#bytes.copy(memory, address, 0, this.#end);
  }

  #placeColumn(offset: number, { kind, present, cells, ends, items }: Slot): void {
    const bytes = this.#bytes;
    bytes.writeUInt32LE(present, offset + columnPresent);
    bytes.writeUInt32LE(cells, offset + columnCells);
    bytes.writeUInt32LE(ends, offset + columnEnds);
    if (items === undefined || kind === kindMap) return;
    const { count, capacity, presence, stride, slots } = items.space;
    bytes.writeUInt32LE(count, offset + columnItems);
    bytes.writeUInt32LE(capacity, offset + columnCapacity);
    bytes.writeUInt32LE(presence, offset + columnItemPresence);
    bytes.writeUInt32LE(stride, offset + columnItemStride);
    bytes.writeUInt32LE(slots.length, offset + columnItemSlots);
  }

  /** Takes back what a scan has learned, and how many items it has put into these slots. */
  copyFrom(memory: Buffer, address: number, { slots }: SlotTree): void {
    memory.copy(this.#bytes, 0, address, address + this.#end);
    for (const [index, offset] of this.#columns.entries()) {
      const { kind, items } = slots[index] as Slot;
      if (items !== undefined && kind !== kindMap) items.space.count = this.#bytes.readUInt32LE(offset + columnItems);
    }
  }

  /** Forgets spellings and strange names where there are too many. */
  forget(): void {
    if (this.names.length - this.#fixedNames < this.#mostLearned) return;
    this.names.length = this.#fixedNames;
    this.#end = this.#fixedEnd;
    this.#slotless = this.#slotless.filter((offset) => offset < this.#fixedEnd);
    for (const { unknown, tees } of this.#nodes.values()) {
      for (const learned of [unknown, tees]) {
        for (const [name, offset] of learned) if (offset >= this.#fixedEnd) learned.delete(name);
      }
    }
    // What came after what is learned anew.
    for (const offset of [...this.names, ...this.#nodes.keys()]) this.#bytes.fill(0, offset + 8, offset + 16);
  }

  /** Learns a name, in its quotes and as it is spelled, of a node. Answers whether it may: whether it is a name. */
  learn(node: number, spelled: Buffer): boolean {
    const name = textOf(spelled);
    if (name === undefined || this.names.length - this.#fixedNames >= this.#mostLearned) return false;
    this.#addName(node, this.#readerOf(this.#nodes.get(node) as Node, name), spelled);
    return true;
  }

  /** What reads the values of a node's fields of this name. */
  #readerOf({ columns, unknown, unknownKind, captured, tees }: Node, name: string): number {
    const captures = captured.get(name);
    const column = columns.get(this.#naming.keyOf(this.#naming.nameOf(name))) ?? unknown.get(name);
    if (captures === undefined && column !== undefined) return column;
    const tee = tees.get(name);
    if (tee !== undefined) return tee;
    let offset = column;
    if (offset === undefined) {
      offset = this.#addSlotless(unknownKind);
      unknown.set(name, offset);
    }
    if (captures !== undefined) {
      offset = this.#addTee([offset, ...captures]);
      tees.set(name, offset);
    }
    return offset;
  }

  #addNode(
    type: StructType,
    slots: readonly Slot[],
    reserved: ReadonlySet<string>,
    { captures, filled, skipsOthers = false }: ScanCaptures,
  ): number {
    const node = this.#allocate(nodeBytes);
    const columns = new Map<string, number>();
    const required: number[] = [];
    const own = type.fields.map((field, index) => {
      const isReserved = reserved.has(field.name);
      const key = this.#naming.keyOf(field.name);
      const within = filledIn(filled, key);
      const offset = this.#addColumn(slots[index] as Slot, { isReserved, epochUnit: epochUnitOf(field), within });
      columns.set(key, offset);
      const isLate = filled.has(key) && !captures.some(({ column }) => column === index);
      if (!field.nullable && !isReserved && !isLate) required.push(offset);
      return offset;
    });
    for (const { column, isRequired } of captures) if (isRequired) required.push(own[column] as number);
    for (const key of filled) if (isDirectlyFilled(key)) columns.set(key, this.#addSlotless(kindSkipped));
    const captured = this.#addCaptures(captures, 0, own);
    const unknownKind = skipsOthers ? kindSkipped : kindUnknown;
    this.#nodes.set(node, { columns, unknown: new Map(), unknownKind, captured, tees: new Map() });
    const list = this.#allocate(required.length * 4);
    for (const [index, offset] of required.entries()) this.#bytes.writeUInt32LE(offset, list + index * 4);
    this.#bytes.writeInt32LE(required.length, node + nodeRequiredCount);
    this.#bytes.writeUInt32LE(list, node + nodeRequired);
    for (const { name } of type.fields) {
      const isColumn = columns.has(this.#naming.keyOf(this.#naming.nameOf(name)));
      const spelled = Buffer.from(JSON.stringify(name));
      if (isColumn && spelled.length <= longestName) {
        this.#addName(node, this.#readerOf(this.#nodes.get(node) as Node, name), spelled);
      }
    }
    return node;
  }

  /** `own`: offsets of the row's columns. Answers what reads a field for captures, by its name. */
  #addCaptures(captures: readonly ScanCapture[], depth: number, own: readonly number[]): Map<string, number[]> {
    const captured = new Map<string, number[]>();
    for (const [name, { here, inside }] of capturesByName(captures, depth)) {
      const offsets = here.map((capture) => this.#addCapture(capture, own));
      if (inside.length > 0) {
        const node = this.#allocate(nodeBytes);
        const columns = new Map<string, number>();
        const inner = this.#addCaptures(inside, depth + 1, own);
        this.#nodes.set(node, {
          ...{ columns, unknown: new Map(), unknownKind: kindSkipped },
          ...{ captured: inner, tees: new Map() },
        });
        const open = this.#addSlotless(kindOpen);
        this.#bytes.writeUInt32LE(node, open + columnInner);
        offsets.push(open);
      }
      captured.set(name, offsets);
    }
    return captured;
  }

  #addCapture({ column, as }: ScanCapture, own: readonly number[]): number {
    if (as === 'value') return own[column] as number;
    if (as === 'nothing') return this.#addSlotless(kindUnknown);
    if (as === 'null') return this.#addSlotless(kindRefused);
    const offset = this.#allocate(columnBytes);
    this.#captures.push({ place: column, offset });
    this.#bytes.writeInt32LE(as === 'text' ? kindText : kindUnits, offset + columnKind);
    if (as !== 'text') {
      this.#bytes.writeInt32LE(as.factor, offset + columnScale);
      this.#bytes.writeBigInt64LE(as.least, offset + columnLeast);
      this.#bytes.writeBigInt64LE(as.greatest, offset + columnGreatest);
    }
    return offset;
  }

  #addSlotless(kind: number): number {
    const offset = this.#allocate(columnBytes);
    this.#bytes.writeInt32LE(kind, offset + columnKind);
    this.#slotless.push(offset);
    return offset;
  }

  #addTee(columns: readonly number[]): number {
    const list = this.#allocate(columns.length * 4);
    for (const [index, offset] of columns.entries()) this.#bytes.writeUInt32LE(offset, list + index * 4);
    const tee = this.#addSlotless(kindTee);
    this.#bytes.writeUInt32LE(list, tee + columnInner);
    this.#bytes.writeInt32LE(columns.length, tee + columnItems);
    return tee;
  }

  #addColumn(slot: Slot, { isReserved, epochUnit, within }: ColumnRules = anyColumn): number {
    const offset = this.#allocate(columnBytes);
    this.#columns.push(offset);
    const { scale, least, greatest } = numbersOf(slot, epochUnit);
    const isRefused = isReserved || slot.kind === kindMap;
    this.#bytes.writeInt32LE(isRefused ? kindRefused : slot.kind, offset + columnKind);
    this.#bytes.writeInt32LE(scale, offset + columnScale);
    this.#bytes.writeBigInt64LE(least, offset + columnLeast);
    this.#bytes.writeBigInt64LE(greatest, offset + columnGreatest);
    if (slot.kind === kindStruct) {
      const inner = this.#addNode(slot.type as StructType, slot.fields, noNames, { captures: [], filled: within });
      this.#bytes.writeUInt32LE(inner, offset + columnInner);
    }
    if (slot.kind === kindWideDecimal) this.#bytes.writeInt32LE(slot.precision, offset + columnPrecision);
    if (slot.items !== undefined && slot.kind !== kindMap) {
      this.#bytes.writeInt32LE((slot.type as ArrayType).containsNull ? 1 : 0, offset + columnScale);
      /** First, for the bytes may have to grow for it. */
      const inner = this.#addColumn(slot.items);
      this.#bytes.writeUInt32LE(inner, offset + columnInner);
    }
    return offset;
  }

  #addName(node: number, column: number, spelled: Buffer): void {
    const name = this.#allocate(nameBytes);
    const text = this.#allocate(spelled.length);
    spelled.copy(this.#bytes, text);
    spelled.copy(this.#bytes, name + nameHead, 0, Math.min(spelled.length, headBytes));
    this.#bytes.writeInt32LE(spelled.length, name + nameLength);
    this.#bytes.writeInt32LE(2 ** Math.min(spelled.length, headBytes) - 1, name + nameMask);
    this.#bytes.writeUInt32LE(column, name + nameColumn);
    this.#bytes.writeUInt32LE(node, name + nameNode);
    this.#bytes.writeUInt32LE(text, name + nameText);
    this.names.push(name);
  }

  /** Offset of so many zeroes, aligned to 16. */
  #allocate(bytes: number): number {
    const offset = this.#end;
    this.#end = Math.ceil((offset + bytes) / 16) * 16;
    if (this.#end > this.#bytes.length) {
      const longer = Buffer.alloc(this.#end * 2);
      this.#bytes.copy(longer);
      this.#bytes = longer;
    }
    this.#bytes.fill(0, offset, this.#end);
    return offset;
  }
}

/** Which numbers a column takes: times 10^`scale`, from `least` to `greatest`. */
function numbersOf({ kind, precision, scale }: Slot, unit: EpochUnit | undefined) {
  switch (kind) {
    case kindLong:
      return { scale: 0, least: -int64Limit, greatest: int64Limit - 1n };
    case kindDecimal: {
      const greatest = 10n ** BigInt(precision) - 1n;
      return { scale, least: -greatest, greatest };
    }
    case kindTimestamp:
      if (unit !== undefined) return { scale: microsecondDigits[unit], least: leastInstant, greatest: greatestInstant };
      return noNumbers;
    case kindWideDecimal:
      return { ...noNumbers, scale };
    default:
      return noNumbers;
  }
}

const noNumbers = { scale: 0, least: 1n, greatest: 0n };

/** The text of a JSON string; nothing where it is none, or has half of a surrogate pair. */
function textOf(spelled: Buffer): string | undefined {
  try {
    const text: unknown = JSON.parse(spelled.toString());
    return typeof text === 'string' && text.isWellFormed() ? text : undefined;
  } catch {
    return undefined;
  }
}
