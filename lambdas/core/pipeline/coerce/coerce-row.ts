import type { ColumnValue } from '#columnar/vector/column.ts';
import type { EpochUnit } from '#contract/epoch-unit.ts';
import type { DataType, StructType } from '#delta/schema.ts';
import { DecodedRecord } from '#formats/decoded-value.ts';
import { positionFields, positionValues } from '../ingest/position-columns.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { structCoercion } from './coerce-struct.ts';
import { coercionTo } from './coerce-value.ts';
import { Misfit } from './misfit.ts';
import type { CoercionOptions } from './rule.ts';

/** Makes the row of one record: a value for each column of the table, in the table's order. */
export type RowOf = (payload: DecodedRecord | undefined, record: SourceRecord) => ColumnValue[] | Misfit;

const emptyRecord = new DecodedRecord([], [], '{}', 0, 2);

/** The rule for a table's rows. A record without a payload becomes a row of nulls. */
export function rowCoercion(schema: StructType, positionColumns: boolean, options: CoercionOptions = {}): RowOf {
  const reserved = new Set(positionColumns ? positionFields.map(({ name }) => name) : []);
  const coerceValue = (type: DataType, unit?: EpochUnit) => coercionTo(type, unit, options);
  const coerce = structCoercion(schema, coerceValue, options, reserved);
  const places = positionColumns
    ? positionFields.map(({ name }) => schema.fields.findIndex((field) => field.name === name))
    : [];
  return (payload, record) => {
    let row: ColumnValue[];
    try {
      row = coerce(payload ?? emptyRecord) as ColumnValue[];
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      error.path = `$${error.path}`;
      return error;
    }
    if (places.length > 0) {
      const values = positionValues(record);
      for (const [index, place] of places.entries()) row[place] = values[index] as string;
    }
    return row;
  };
}
