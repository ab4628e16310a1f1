import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import { containsPrimitive, type DataType, type StructField, type StructType } from '#delta/schema.ts';
import { addWhatFits } from '#delta/schema-growth.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import { Misfit } from '../coerce/misfit.ts';
import type { GrowthRules } from './agree-table.ts';
import { Shape } from './shape.ts';

/** Adds to a table's columns; answers its argument where there is nothing to add. */
export type Growth = (schema: StructType, rules: GrowthRules) => StructType;

export type GrowthLimits = Pick<TableSettings, 'maxColumns' | 'maxDepth'>;

/**
 * A schema's text has an end whatever the limits say: records full of new names must not burst the ledger's items, of 400 KB, which
 * have it as a string in JSON.
 */
const maxSchemaBytes = 250_000;
/**
 * Longer names get no column: catalogs and metastores hold no more of one, and a file's statistics, which name each column three times,
 * would fit no manifest.
 */
const maxNameCharacters = 255;
/** Of a character in UTF-8, and of one that JSON escapes. */
const mostBytesPerCharacter = 6;
/** Records that would pass a limit and are looked at one by one, in one batch. */
const mostTried = 1_000;
const localTime = 'timestamp_ntz';

/** Leaf columns of a type: fields inside of structs, lists and maps count each. */
export function leafCount(type: DataType): number {
  if (typeof type === 'string') return 1;
  switch (type.type) {
    case 'struct':
      return type.fields.reduce((sum, field) => sum + leafCount(field.type), 0);
    case 'array':
      return leafCount(type.elementType);
    case 'map':
      return leafCount(type.keyType) + leafCount(type.valueType);
  }
}

/** Levels of nesting: 0 for a primitive. */
export function depthOf(type: DataType): number {
  if (typeof type === 'string') return 0;
  switch (type.type) {
    case 'struct':
      return 1 + Math.max(0, ...type.fields.map((field) => depthOf(field.type)));
    case 'array':
      return 1 + depthOf(type.elementType);
    case 'map':
      return 1 + Math.max(depthOf(type.keyType), depthOf(type.valueType));
  }
}

/** Characters of the longest name in a type. */
function longestName(type: DataType): number {
  if (typeof type === 'string') return 0;
  switch (type.type) {
    case 'struct':
      return Math.max(0, ...type.fields.map((field) => Math.max(field.name.length, longestName(field.type))));
    case 'array':
      return longestName(type.elementType);
    case 'map':
      return Math.max(longestName(type.keyType), longestName(type.valueType));
  }
}

/** Growth by what the schemas of payloads say: their columns are added, and existing ones widened where the table does that. */
export function growthByTypes(types: readonly StructType[], limits: GrowthLimits): Growth {
  const wanted = types.map(asColumns);
  return (schema, rules) => {
    const widening = rules.widening === 'any' ? 'automatic' : rules.widening;
    let grown = schema;
    for (const type of wanted) {
      const fields = type.fields.filter(({ name }) => !rules.fixed.has(columnKeyOf(name)));
      const own: StructType = { type: 'struct', fields };
      const next = addWhatFits(grown, mayHaveLocalTimes(schema, rules) ? own : withoutLocalTimes(own), widening);
      if (next === grown || passes(next, grown, limits) === undefined) grown = next;
    }
    return grown;
  };
}

/** Growth by what values look like: new columns alone, since types never change by a guess. */
export function growthByValues(payloads: readonly DecodedRecord[], limits: GrowthLimits): Growth {
  const all = shapeOf(payloads);
  return (schema, rules) => {
    const growBy = (shape: Shape, from: StructType): StructType => {
      const grown = shape.growStruct(from);
      if (grown === from || mayHaveLocalTimes(schema, rules) || !containsPrimitive(grown, localTime)) return grown;
      return addWhatFits(from, withoutLocalTimes(grown), 'never');
    };
    const grown = growBy(all, schema);
    if (grown === schema || passes(grown, schema, limits) === undefined) return grown;
    return growthOneByOne(payloads, schema, growBy, limits);
  };
}

/** Of payloads that together pass a limit, those that do not alone, first come first served. */
function growthOneByOne(
  payloads: readonly DecodedRecord[],
  schema: StructType,
  growBy: (shape: Shape, from: StructType) => StructType,
  limits: GrowthLimits,
): StructType {
  const taken: DecodedRecord[] = [];
  let grown = schema;
  let tried = 0;
  for (const payload of payloads) {
    const next = growBy(shapeOf([payload]), grown);
    if (next === grown || passes(next, grown, limits) === undefined) {
      taken.push(payload);
      grown = next;
    } else if (++tried >= mostTried) break;
  }
  const together = growBy(shapeOf(taken), schema);
  return passes(together, schema, limits) === undefined ? together : grown;
}

/** Which limit columns pass that are new in `grown`. */
function passes(
  grown: StructType,
  before: StructType,
  { maxColumns, maxDepth }: GrowthLimits,
): 'columns' | 'depth' | 'name' | 'length' | undefined {
  if (leafCount(grown) > maxColumns && leafCount(grown) > leafCount(before)) return 'columns';
  if (depthOf(grown) > maxDepth && depthOf(grown) > depthOf(before)) return 'depth';
  const nameCharacters = longestName(grown);
  if (nameCharacters > maxNameCharacters && nameCharacters > longestName(before)) return 'name';
  return isLong(JSON.stringify(grown)) ? 'length' : undefined;
}

const utf8 = new TextEncoder();

const isLong = (text: string): boolean =>
  text.length * mostBytesPerCharacter > maxSchemaBytes && utf8.encode(JSON.stringify(text)).length > maxSchemaBytes;

/** Why a growing table did not get a column for a record's field: by its value, or by what its schema tells, where that is asked. */
export function notGrown(
  payload: DecodedRecord,
  schema: StructType,
  limits: GrowthLimits,
  told: StructType = { type: 'struct', fields: [] },
): Misfit | undefined {
  const columns = leafCount(schema);
  const wanted = () => addWhatFits(shapeOf([payload]).growStruct(schema), asColumns(told), 'never');
  const grown = columns >= limits.maxColumns ? undefined : wanted();
  const passed = grown === undefined ? 'columns' : passes(grown, schema, limits);
  switch (passed) {
    case 'columns':
      return new Misfit(
        'TooManyColumns',
        `expected at most ${limits.maxColumns} columns in the table (maxColumns), which has ${columns}, got a record with new ones`,
      );
    case 'length':
      return new Misfit(
        'TooManyColumns',
        `expected columns whose names and types take at most ${maxSchemaBytes} bytes, got a record with more new ones`,
      );
    case 'depth':
      return new Misfit(
        'TooDeepColumn',
        `expected new columns of at most ${limits.maxDepth} levels of nesting (maxDepth), got deeper ones`,
      );
    case 'name':
      return new Misfit(
        'TooLongColumnName',
        `expected new columns with names of at most ${maxNameCharacters} characters, got a field with a longer one`,
      );
    case undefined:
      return grown !== undefined && containsPrimitive(grown, localTime) && !containsPrimitive(schema, localTime)
        ? unsupportedColumn()
        : undefined;
  }
}

/** A column that only tables with Delta's feature for it have. */
const unsupportedColumn = (): Misfit =>
  new Misfit(
    'UnsupportedColumn',
    `expected a column that the table's protocol has, got a new one of type ${localTime}, which takes the feature timestampNtz (delta.feature.timestampNtz = supported)`,
  );

const mayHaveLocalTimes = (schema: StructType, { hasLocalTimes }: GrowthRules): boolean =>
  hasLocalTimes || containsPrimitive(schema, localTime);

function withoutLocalTimes(type: StructType): StructType {
  return { type: 'struct', fields: type.fields.filter((field) => !containsPrimitive(field.type, localTime)) };
}

/** Columns by the names that columns have; of two fields for one column the first, and none for a struct without fields. */
function asColumns(type: StructType): StructType {
  const fields = new Map<string, StructField>();
  for (const field of type.fields) {
    const name = columnNameOf(field.name);
    const own = asColumnType(field.type);
    if (own !== undefined && !fields.has(columnKeyOf(name))) {
      fields.set(columnKeyOf(name), { name, type: own, nullable: true, metadata: {} });
    }
  }
  return { type: 'struct', fields: [...fields.values()] };
}

function asColumnType(type: DataType): DataType | undefined {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct': {
      const columns = asColumns(type);
      return columns.fields.length === 0 ? undefined : columns;
    }
    case 'array': {
      const elementType = asColumnType(type.elementType);
      return elementType && { type: 'array', elementType, containsNull: true };
    }
    case 'map': {
      const keyType = asColumnType(type.keyType);
      const valueType = asColumnType(type.valueType);
      return keyType && valueType && { type: 'map', keyType, valueType, valueContainsNull: true };
    }
  }
}

function shapeOf(payloads: Iterable<DecodedRecord>): Shape {
  const shape = new Shape();
  for (const payload of payloads) shape.observeRecord(payload);
  return shape;
}
