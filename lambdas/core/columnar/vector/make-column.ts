import { type DataType, decimalOf } from '#delta/schema.ts';
import { BinaryColumn, StringColumn } from './bytes-columns.ts';
import type { Column } from './column.ts';
import {
  BooleanColumn,
  DecimalColumn,
  Int64Column,
  NumberColumn,
  printDateBound,
  printFloat,
  printTimestamp,
} from './fixed-columns.ts';
import { ListColumn, MapColumn, StructColumn } from './nested-columns.ts';

/** Whether rows can have columns of this type: all of Delta's but variants and void. */
export function isWritable(type: DataType): boolean {
  if (typeof type === 'string') return type !== 'void' && type !== 'variant';
  switch (type.type) {
    case 'array':
      return isWritable(type.elementType);
    case 'struct':
      return type.fields.every((field) => isWritable(field.type));
    case 'map':
      return isWritable(type.keyType) && isWritable(type.valueType);
  }
}

/** An empty column for values of a writable type. */
export function makeColumn(type: DataType): Column {
  if (typeof type !== 'string') {
    switch (type.type) {
      case 'array':
        return new ListColumn(makeColumn(type.elementType));
      case 'struct':
        return new StructColumn(type.fields.map((field) => makeColumn(field.type)));
      case 'map':
        return new MapColumn(makeColumn(type.keyType), makeColumn(type.valueType));
    }
  }
  switch (type) {
    case 'byte':
      return new NumberColumn(new Int8Array(1024), String);
    case 'short':
      return new NumberColumn(new Int16Array(1024), String);
    case 'integer':
      return new NumberColumn(new Int32Array(1024), String);
    case 'date':
      return new NumberColumn(new Int32Array(1024), printDateBound);
    case 'float':
      return new NumberColumn(new Float32Array(1024), printFloat);
    case 'double':
      return new NumberColumn(new Float64Array(1024), printFloat);
    case 'long':
      return new Int64Column(String);
    case 'timestamp':
      return new Int64Column((micros) => printTimestamp(micros, 'Z'));
    case 'timestamp_ntz':
      return new Int64Column((micros) => printTimestamp(micros, ''));
    case 'boolean':
      return new BooleanColumn();
    case 'string':
      return new StringColumn();
    case 'binary':
      return new BinaryColumn();
    default: {
      const decimal = decimalOf(type);
      if (decimal !== undefined) return new DecimalColumn(decimal.scale);
      throw new TypeError(`expected a type that Parquet files are written with, got ${type}`);
    }
  }
}
