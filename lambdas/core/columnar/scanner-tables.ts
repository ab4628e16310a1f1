import { Buffer } from 'node:buffer';
import { type EpochUnit, epochUnitOf, microsecondDigits } from '#contract/epoch-unit.ts';
import type { StructType } from '#delta/schema.ts';
import {
  columnBytes,
  columnCells,
  columnEnds,
  columnGreatest,
  columnInner,
  columnKind,
  columnLeast,
  columnPresent,
  columnScale,
  kindDecimal,
  kindLong,
  kindRefused,
  kindStruct,
  kindTimestamp,
  kindUnknown,
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
} from './kernel/layout.ts';
import type { Slot, SlotTree } from './scan-slot.ts';

/** How fields of records are matched with columns: the two rules of the pipeline. */
export interface Naming {
  /** The column that a field's name means. */
  nameOf(fieldName: string): string;
  /** Columns of one key are the same. */
  keyOf(columnName: string): string;
}

/** A struct whose fields records fill: the row, or a struct column. */
interface Node {
  /** Offsets of columns by key. */
  readonly columns: Map<string, number>;
  /** Offsets of what stands for names without a column, by name. */
  readonly unknown: Map<string, number>;
}

const headBytes = 16;
const int64Limit = 2n ** 63n;
/** Microseconds of the years 0001 to 9999. */
const leastInstant = -62_135_596_800_000_000n;
const greatestInstant = 253_402_300_799_999_999n;
/** Spellings and names without a column that are kept; they are forgotten when there are more. */
const mostLearned = 1_000;

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
  /** Where the tables end before anything is learned. */
  readonly #fixedEnd: number;
  readonly #fixedNames: number;

  constructor(schema: StructType, tree: SlotTree, naming: Naming, reserved: ReadonlySet<string>) {
    this.#naming = naming;
    // The name at offset 0 stands for none: no record has its first byte where a name is.
    this.#bytes.writeInt32LE(1, nameMask);
    this.root = this.#addNode(schema, tree.root, reserved);
    this.#fixedEnd = this.#end;
    this.#fixedNames = this.names.length;
  }

  get sizeBytes(): number {
    return this.#end;
  }

  /** Writes the tables into the kernel's memory, with the addresses of these slots. */
  copyTo(memory: Buffer, address: number, { slots }: SlotTree): void {
    for (const [index, offset] of this.#columns.entries()) {
      const slot = slots[index] as Slot;
      this.#bytes.writeUInt32LE(slot.present, offset + columnPresent);
      this.#bytes.writeUInt32LE(slot.cells, offset + columnCells);
      this.#bytes.writeUInt32LE(slot.ends, offset + columnEnds);
    }
    this.#bytes.copy(memory, address, 0, this.#end);
  }

  /** Takes back what a scan has learned. */
  copyFrom(memory: Buffer, address: number): void {
    memory.copy(this.#bytes, 0, address, address + this.#end);
  }

  /** Forgets spellings and strange names where there are too many. */
  forget(): void {
    if (this.names.length - this.#fixedNames < mostLearned) return;
    this.names.length = this.#fixedNames;
    this.#end = this.#fixedEnd;
    for (const node of this.#nodes.values()) node.unknown.clear();
    // What came after what is learned anew.
    for (const offset of [...this.names, ...this.#nodes.keys()]) this.#bytes.fill(0, offset + 8, offset + 16);
  }

  /** Learns a name, in its quotes and as it is spelled, of a node. Answers whether it may: whether it is a name. */
  learn(node: number, spelled: Buffer): boolean {
    const { columns, unknown } = this.#nodes.get(node) as Node;
    const name = textOf(spelled);
    if (name === undefined || this.names.length - this.#fixedNames >= mostLearned) return false;
    let column = columns.get(this.#naming.keyOf(this.#naming.nameOf(name))) ?? unknown.get(name);
    if (column === undefined) {
      column = this.#allocate(columnBytes);
      this.#bytes.writeInt32LE(kindUnknown, column + columnKind);
      unknown.set(name, column);
    }
    this.#addName(node, column, spelled);
    return true;
  }

  #addNode(type: StructType, slots: readonly Slot[], reserved: ReadonlySet<string>): number {
    const node = this.#allocate(nodeBytes);
    const columns = new Map<string, number>();
    this.#nodes.set(node, { columns, unknown: new Map() });
    const required: number[] = [];
    for (const [index, field] of type.fields.entries()) {
      const isReserved = reserved.has(field.name);
      const offset = this.#addColumn(slots[index] as Slot, isReserved, epochUnitOf(field));
      columns.set(this.#naming.keyOf(field.name), offset);
      if (!field.nullable && !isReserved) required.push(offset);
    }
    const list = this.#allocate(required.length * 4);
    for (const [index, offset] of required.entries()) this.#bytes.writeUInt32LE(offset, list + index * 4);
    this.#bytes.writeInt32LE(required.length, node + nodeRequiredCount);
    this.#bytes.writeUInt32LE(list, node + nodeRequired);
    for (const { name } of type.fields) {
      const column = columns.get(this.#naming.keyOf(this.#naming.nameOf(name)));
      const spelled = Buffer.from(JSON.stringify(name));
      if (column !== undefined && spelled.length <= longestName) this.#addName(node, column, spelled);
    }
    return node;
  }

  #addColumn(slot: Slot, isReserved = false, epochUnit?: EpochUnit): number {
    const offset = this.#allocate(columnBytes);
    this.#columns.push(offset);
    const { scale, least, greatest } = numbersOf(slot, epochUnit);
    this.#bytes.writeInt32LE(isReserved ? kindRefused : slot.kind, offset + columnKind);
    this.#bytes.writeInt32LE(scale, offset + columnScale);
    this.#bytes.writeBigInt64LE(least, offset + columnLeast);
    this.#bytes.writeBigInt64LE(greatest, offset + columnGreatest);
    if (slot.kind === kindStruct) {
      const inner = this.#addNode(slot.type as StructType, slot.fields, noNames);
      this.#bytes.writeUInt32LE(inner, offset + columnInner);
    }
    if (slot.items !== undefined) {
      this.#bytes.writeUInt32LE(this.#addColumn(slot.items), offset + columnInner);
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
    default:
      return noNumbers;
  }
}

const noNumbers = { scale: 0, least: 1n, greatest: 0n };

const noNames: ReadonlySet<string> = new Set();

/** The text of a JSON string; nothing where it is none, or has half of a surrogate pair. */
function textOf(spelled: Buffer): string | undefined {
  try {
    const text: unknown = JSON.parse(spelled.toString());
    return typeof text === 'string' && text.isWellFormed() ? text : undefined;
  } catch {
    return undefined;
  }
}
