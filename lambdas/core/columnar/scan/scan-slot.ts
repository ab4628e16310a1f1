import {
  type ArrayType,
  type DataType,
  decimalOf,
  type MapType,
  type StructField,
  type StructType,
} from '#delta/schema.ts';
import {
  kindBinary,
  kindBoolean,
  kindByte,
  kindDate,
  kindDecimal,
  kindDouble,
  kindFloat,
  kindInteger,
  kindList,
  kindLocalTime,
  kindLong,
  kindRefused,
  kindShort,
  kindString,
  kindStruct,
  kindTimestamp,
  kindWideDecimal,
} from '../kernel/assembly/layout.ts';
import { isWritable } from '../vector/make-column.ts';

/** A map: refused by the kernel, whose parser knows none, and put row by row. Its items are structs of a key and a value. */
export const kindMap = -1;

/** Where values of one index are: rows of the batch, or items of a list column. */
export interface Space {
  /** Rows, or items so far. */
  count: number;
  /** Rows that its slots have room for. */
  capacity: number;
  /** Where the presence of its slots is: columns of bytes, `stride` apart. */
  presence: number;
  stride: number;
  readonly slots: Slot[];
}

/** A column of the table, a field of a struct column, or the items of a list or map column, with the addresses of its cells. */
export interface Slot {
  readonly type: DataType;
  readonly kind: number;
  readonly space: Space;
  /** Bytes of a row's cell; texts and lists have a second, of the same size. */
  readonly width: number;
  readonly hasEnds: boolean;
  readonly precision: number;
  readonly scale: number;
  /** Fields of a struct, in their order. */
  readonly fields: readonly Slot[];
  readonly items: Slot | undefined;
  present: number;
  cells: number;
  ends: number;
}

/** Slots of a row and of everything inside it. */
export interface SlotTree {
  readonly root: readonly Slot[];
  /** All of them but what is inside of maps, each before what is inside it. */
  readonly slots: readonly Slot[];
  /** The rows first; then the items of each list or map, the outer one before those inside it. */
  readonly spaces: readonly Space[];
}

interface GrowingTree {
  slots: Slot[];
  spaces: Space[];
}

export function slotsOf(schema: StructType): SlotTree {
  const tree: GrowingTree = { slots: [], spaces: [] };
  const space = newSpace(tree);
  return { ...tree, root: schema.fields.map((field) => slotOf(field.type, space, tree)) };
}

function newSpace({ spaces }: GrowingTree): Space {
  const space = { count: 0, capacity: 0, presence: 0, stride: 0, slots: [] };
  spaces.push(space);
  return space;
}

function slotOf(type: DataType, space: Space, tree: GrowingTree): Slot {
  const { kind, width, hasEnds = false } = shapeOf(type);
  const { precision, scale } = decimalOf(type) ?? { precision: 0, scale: 0 };
  const slot: Slot & { fields: readonly Slot[]; items: Slot | undefined } = {
    ...{ type, kind, space, width, hasEnds, precision, scale },
    ...{ fields: [], items: undefined, present: 0, cells: 0, ends: 0 },
  };
  space.slots.push(slot);
  tree.slots.push(slot);
  if (kind === kindStruct) {
    slot.fields = (type as StructType).fields.map((field: StructField) => slotOf(field.type, space, tree));
  }
  if (kind === kindList) slot.items = slotOf((type as ArrayType).elementType, newSpace(tree), tree);
  if (kind === kindMap) slot.items = slotOf(entryType(type as MapType), newSpace(tree), { ...tree, slots: [] });
  return slot;
}

const entryType = ({ keyType, valueType, valueContainsNull }: MapType): StructType => ({
  type: 'struct',
  fields: [
    { name: 'key', type: keyType, nullable: false, metadata: {} },
    { name: 'value', type: valueType, nullable: valueContainsNull, metadata: {} },
  ],
});

interface Shape {
  kind: number;
  width: number;
  hasEnds?: boolean;
}

const shapes: Readonly<Record<string, Shape>> = {
  string: { kind: kindString, width: 4, hasEnds: true },
  binary: { kind: kindBinary, width: 4, hasEnds: true },
  double: { kind: kindDouble, width: 8 },
  float: { kind: kindFloat, width: 4 },
  long: { kind: kindLong, width: 8 },
  integer: { kind: kindInteger, width: 4 },
  short: { kind: kindShort, width: 2 },
  byte: { kind: kindByte, width: 1 },
  boolean: { kind: kindBoolean, width: 1 },
  timestamp: { kind: kindTimestamp, width: 8 },
  timestamp_ntz: { kind: kindLocalTime, width: 8 },
  date: { kind: kindDate, width: 4 },
};

/** Decimals of up to so many digits fit 64 bits. */
const narrowDigits = 18;

function shapeOf(type: DataType): Shape {
  if (!isWritable(type)) return { kind: kindRefused, width: 0 };
  if (typeof type !== 'string') {
    if (type.type === 'struct') return { kind: kindStruct, width: 0 };
    return { kind: type.type === 'map' ? kindMap : kindList, width: 4, hasEnds: true };
  }
  const decimal = decimalOf(type);
  if (decimal !== undefined) {
    return decimal.precision <= narrowDigits ? { kind: kindDecimal, width: 8 } : { kind: kindWideDecimal, width: 16 };
  }
  const shape = shapes[type];
  if (shape === undefined) throw new TypeError(`expected a type that columns are made of, got ${type}`);
  return shape;
}
