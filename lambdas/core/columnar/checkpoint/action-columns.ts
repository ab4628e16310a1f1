import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import { textToValue } from '#delta/value.ts';
import { encodeParquet } from '../encode/encode-parquet.ts';
import { columnsOf, type ParquetColumn } from '../footer/parquet-columns.ts';
import { footerOf, type ParquetFooter } from '../footer/parquet-footer.ts';
import { renamed, type SchemaElement } from '../footer/schema-element.ts';
import type { ColumnValue } from '../vector/column.ts';
import { RowColumns } from '../vector/row-columns.ts';
import { decimalValue, statisticsReader } from './statistics-values.ts';

/** An action as one object of its kind: `{ add: { … } }`. */
export type ActionObject = Readonly<Record<string, object>>;

/** Actions as a Parquet file of one row group. */
export interface EncodedActions {
  bytes: Uint8Array;
  footer: ParquetFooter;
  /** As readers know them, whatever the footer names their parts. */
  columns: readonly ParquetColumn[];
}

/** Fills columns with actions and encodes them. */
export class ActionColumns {
  readonly #columns: RowColumns;
  readonly #converters: { name: string; convert: (value: unknown) => ColumnValue }[];

  /** `fields`: the kinds of actions there will be. */
  constructor(fields: readonly StructField[]) {
    this.#columns = new RowColumns(fields);
    this.#converters = fields.map(({ name, type }) => ({ name, convert: converter(type) }));
  }

  append(action: ActionObject): void {
    this.#columns.append(this.#converters.map(({ name, convert }) => convert(action[name])));
  }

  get rows(): number {
    return this.#columns.rows;
  }

  async encode(): Promise<EncodedActions> {
    const { bytes } = await encodeParquet(this.#columns, 'snappy');
    const footer = await footerOf('encoded actions', bytes);
    return { bytes, footer, columns: columnsOf(footer.elements.map(withSparkName)) };
  }
}

function converter(type: DataType): (value: unknown) => ColumnValue {
  if (typeof type === 'string') {
    if (type === 'long') return (value) => (value === undefined || value === null ? null : BigInt(value as number));
    return (value) => (value ?? null) as ColumnValue;
  }
  switch (type.type) {
    case 'array':
      return (value) => (value ?? null) as ColumnValue;
    case 'map':
      return (value) =>
        value === undefined || value === null ? null : Object.entries(value as Record<string, string>);
    case 'struct': {
      const members = type.fields.map(({ name, type: memberType }) => {
        if (name === 'partitionValues_parsed') return { name: 'partitionValues', convert: parsedValues(memberType) };
        if (name === 'stats_parsed') return { name: 'stats', convert: parsedStatistics(memberType) };
        return { name, convert: converter(memberType) };
      });
      return (value) => {
        if (value === undefined || value === null) return null;
        return members.map(({ name, convert }) => convert((value as Record<string, unknown>)[name]));
      };
    }
  }
}

function parsedStatistics(type: DataType): (stats: unknown) => ColumnValue {
  if (typeof type === 'string' || type.type !== 'struct') throw new TypeError('expected statistics as a struct');
  return statisticsReader(type.fields) as (stats: unknown) => ColumnValue;
}

/** From partition values as texts to values in their own form; null for texts that have none. */
function parsedValues(type: DataType): (values: unknown) => ColumnValue {
  if (typeof type === 'string' || type.type !== 'struct') throw new TypeError('expected partition values as a struct');
  const { fields } = type;
  return (values) =>
    fields.map(({ name, type: valueType }) => {
      const text = (values as Record<string, string | null> | undefined)?.[name] ?? null;
      return parsedValue(text, valueType as string);
    });
}

function parsedValue(text: string | null, type: string): ColumnValue {
  if (text === null) return null;
  const decimal = decimalOf(type);
  if (decimal !== undefined) return decimalValue(text, decimal);
  try {
    const value = textToValue(text, type);
    if (type === 'date' && value !== null) return wholeOrNull(Date.parse(value as string) / 86_400_000);
    const isWhole = type === 'byte' || type === 'short' || type === 'integer';
    return isWhole && value !== null ? wholeOrNull(value as number) : (value as ColumnValue);
  } catch {
    return null;
  }
}

const wholeOrNull = (value: number): number | null => (Number.isSafeInteger(value) ? value : null);

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Arrow calls the entries of a map `entries`; Spark knows them as `key_value`. */
const withSparkName = (element: SchemaElement): SchemaElement =>
  text.decode(element.field_4) === 'entries' ? renamed(element, utf8.encode('key_value')) : element;
