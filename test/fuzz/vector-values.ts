import type { ColumnValue } from '#columnar/vector/column.ts';
import type { Vector } from '#columnar/vector/vector.ts';
import { type DataType, decimalOf } from '#delta/schema.ts';

const isSet = (bitmap: Uint8Array, row: number): boolean => (((bitmap[row >> 3] as number) >> (row & 7)) & 1) === 1;

/** Rows of a vector as columns took them: texts as their bytes, which is what is stored. */
export function valuesOf(vector: Vector, type: DataType): ColumnValue[] {
  const reader = readerOf(vector, type);
  const { validity, length } = vector;
  return Array.from({ length }, (_, row) => (validity !== undefined && !isSet(validity, row) ? null : reader(row)));
}

function readerOf(vector: Vector, type: DataType): (row: number) => ColumnValue {
  switch (vector.kind) {
    case 'fixed': {
      const { values } = vector;
      const isDecimal = decimalOf(type) !== undefined;
      return (row) => (isDecimal ? BigInt(values[row] as number | bigint) : (values[row] as number | bigint));
    }
    case 'bits':
      return (row) => isSet(vector.values, row);
    case 'decimal':
      return (row) =>
        ((vector.words[row * 2 + 1] as bigint) << 64n) | BigInt.asUintN(64, vector.words[row * 2] as bigint);
    case 'bytes':
      return (row) => Buffer.from(vector.bytes.subarray(vector.starts[row], vector.ends[row]));
    case 'dictionary': {
      const values = valuesOf(vector.values, type);
      return (row) => values[vector.indices[row] as number] as ColumnValue;
    }
    case 'struct': {
      const fields = (type as Extract<DataType, { type: 'struct' }>).fields;
      const children = vector.children.map((child, index) => valuesOf(child, fields[index]?.type as DataType));
      return (row) => children.map((child) => child[row] as ColumnValue);
    }
    case 'list': {
      const items = valuesOf(vector.items, (type as Extract<DataType, { type: 'array' }>).elementType);
      return (row) => items.slice(vector.offsets[row], vector.offsets[row + 1]);
    }
    case 'map': {
      const { keyType, valueType } = type as Extract<DataType, { type: 'map' }>;
      const keys = valuesOf(vector.keys, keyType);
      const values = valuesOf(vector.values, valueType);
      return (row) =>
        keys
          .slice(vector.offsets[row], vector.offsets[row + 1])
          .map((key, index) => [key, values[(vector.offsets[row] as number) + index] as ColumnValue]);
    }
  }
}

/** Whether two rows of values are the same, a text and its bytes included. */
export function isSameValue(left: ColumnValue, right: ColumnValue): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSameValue(item, right[index] as ColumnValue));
  }
  const [leftBytes, rightBytes] = [bytesOf(left), bytesOf(right)];
  return leftBytes !== undefined && rightBytes !== undefined && leftBytes.equals(rightBytes);
}

function bytesOf(value: ColumnValue): Buffer | undefined {
  if (typeof value === 'string') return Buffer.from(value);
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined;
}
