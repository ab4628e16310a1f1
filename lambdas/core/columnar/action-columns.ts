import type { DataType, StructField } from '#delta/schema.ts';
import { textToValue } from '#delta/value.ts';
import type { ColumnValue } from './column.ts';
import { encodeParquet } from './encode-parquet.ts';
import { footerOf } from './parquet-footer.ts';
import type { FileMetaData } from './parquet-thrift.ts';
import { RowColumns } from './row-columns.ts';

/** An action as one object of its kind: `{ add: { … } }`. */
export type ActionObject = Readonly<Record<string, object>>;

/** Actions as a Parquet file of one row group. */
export interface EncodedActions {
  bytes: Uint8Array;
  footer: FileMetaData;
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
    const bytes = await encodeParquet(this.#columns, 'snappy');
    return { bytes, footer: withSparkNames(await footerOf('encoded actions', bytes)) };
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
      const members = type.fields.map(({ name, type: memberType }) =>
        name === 'partitionValues_parsed'
          ? { name: 'partitionValues', convert: parsedValues(memberType) }
          : { name, convert: converter(memberType) },
      );
      return (value) => {
        if (value === undefined || value === null) return null;
        return members.map(({ name, convert }) => convert((value as Record<string, unknown>)[name]));
      };
    }
  }
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
  if (type === 'string') return text;
  try {
    const value = textToValue(text, type);
    if (type === 'date' && value !== null) return wholeOrNull(Date.parse(value as string) / 86_400_000);
    return typeof value === 'number' ? wholeOrNull(value) : (value as ColumnValue);
  } catch {
    return null;
  }
}

const wholeOrNull = (value: number): number | null => (Number.isSafeInteger(value) ? value : null);

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Arrow calls the entries of a map `entries`; Spark knows them as `key_value`. */
function withSparkNames(footer: FileMetaData): FileMetaData {
  const renamed = (name: Uint8Array) => (text.decode(name) === 'entries' ? utf8.encode('key_value') : name);
  return {
    ...footer,
    field_2: footer.field_2.map((element) => ({ ...element, field_4: renamed(element.field_4) })),
    field_4: footer.field_4.map((group) => ({
      ...group,
      field_1: group.field_1.map((chunk) => ({
        ...chunk,
        ...(chunk.field_3 === undefined
          ? {}
          : { field_3: { ...chunk.field_3, field_3: chunk.field_3.field_3.map(renamed) } }),
      })),
    })),
  };
}
