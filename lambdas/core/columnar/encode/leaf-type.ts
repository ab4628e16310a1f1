import { decimalOf, type PrimitiveType } from '#delta/schema.ts';

/** Physical types by their numbers (parquet.thrift, Type). */
export const physical = {
  boolean: 0,
  int32: 1,
  int64: 2,
  float: 4,
  double: 5,
  byteArray: 6,
  fixedLengthByteArray: 7,
} as const;

/** How values of a Delta type are stored. */
export interface LeafType {
  physical: number;
  /** Bytes of one value, where all have as many. */
  width?: number;
  /** Number of the converted type that older readers know. */
  converted?: number;
  /** Parameters of the logical type: PROTOCOL.md asks for microseconds, parquet-format for the rest. */
  logical?:
    | { kind: 'string' | 'date' }
    | { kind: 'decimal'; precision: number; scale: number }
    | { kind: 'timestamp'; isAdjustedToUtc: boolean }
    | { kind: 'integer'; bits: number };
}

const plainTypes: Readonly<Record<string, LeafType>> = {
  byte: { physical: physical.int32, width: 4, converted: 15, logical: { kind: 'integer', bits: 8 } },
  short: { physical: physical.int32, width: 4, converted: 16, logical: { kind: 'integer', bits: 16 } },
  integer: { physical: physical.int32, width: 4 },
  long: { physical: physical.int64, width: 8 },
  float: { physical: physical.float, width: 4 },
  double: { physical: physical.double, width: 8 },
  boolean: { physical: physical.boolean },
  string: { physical: physical.byteArray, converted: 0, logical: { kind: 'string' } },
  binary: { physical: physical.byteArray },
  date: { physical: physical.int32, width: 4, converted: 6, logical: { kind: 'date' } },
  timestamp: {
    physical: physical.int64,
    width: 8,
    converted: 10,
    logical: { kind: 'timestamp', isAdjustedToUtc: true },
  },
  timestamp_ntz: { physical: physical.int64, width: 8, logical: { kind: 'timestamp', isAdjustedToUtc: false } },
};

const convertedDecimal = 5;
const digitsOfInt32 = 9;
const digitsOfInt64 = 18;

/** `undefined` for types that our encoder does not write. */
export function leafType(type: PrimitiveType): LeafType | undefined {
  const decimal = decimalOf(type);
  if (decimal === undefined) return plainTypes[type];
  const { precision } = decimal;
  const annotation = { converted: convertedDecimal, logical: { kind: 'decimal', ...decimal } } as const;
  if (precision <= digitsOfInt32) return { physical: physical.int32, width: 4, ...annotation };
  if (precision <= digitsOfInt64) return { physical: physical.int64, width: 8, ...annotation };
  return { physical: physical.fixedLengthByteArray, width: decimalBytes(precision), ...annotation };
}

/** The fewest bytes that hold every number of so many digits, with its sign. */
function decimalBytes(precision: number): number {
  const greatest = 10n ** BigInt(precision) - 1n;
  return Math.ceil((greatest.toString(2).length + 1) / 8);
}
