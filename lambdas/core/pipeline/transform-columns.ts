import type { ColumnValue } from '#columnar/column.ts';
import type { ScanCapture, ScanCaptures } from '#columnar/scan-captures.ts';
import { epochUnitOf } from '#contract/epoch-unit.ts';
import type { TransformNode } from '#contract/transform-expression.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import type { DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import { isUndecided } from './coerce-struct.ts';
import { coercionTo } from './coerce-value.ts';
import { columnKeyOf, columnNameOf } from './column-name.ts';
import { firstInstant, isoInstant, lastInstant } from './iso-time.ts';
import { Misfit } from './misfit.ts';
import type { SourceRecord } from './source-record.ts';
import { functionUnits } from './transform-functions.ts';
import { type SimpleTransform, simpleTransform } from './transform-kind.ts';
import { type MetadataContext, metadataOf } from './transform-metadata.ts';
import type { ScannedRows } from './unfiled-rows.ts';

/** Transforms as columns of a scan, for tables of one schema: what the scanner captures, and what is made of it afterwards. */
export interface ColumnTransforms {
  /** The table's schema, and behind its columns those that only hold what is captured. */
  readonly schema: StructType;
  readonly captures: ScanCaptures;
  /** Fills what the scan could not; rows that this cannot either are left to the parser. */
  finish(rows: ScannedRows, records: readonly SourceRecord[], nowMs: number): void;
}

export interface CompiledTransform {
  node: TransformNode;
  path: readonly string[];
}

/** What is done for each row behind a scan: the column's value, or nothing where the parser must see the record. */
type Step = (rows: ScannedRows, of: { record: SourceRecord; row: number; metadata: Metadata }) => boolean;
type Metadata = ReturnType<typeof metadataOf>;

interface Plan {
  schema: StructType;
  hidden: StructField[];
  captures: ScanCapture[];
  filled: Set<string>;
  /** Done to whole columns, before the steps. */
  cuts: { column: number; start: number; length: number }[];
  steps: Step[];
}

/** Texts are few where they are days or codes: what they come to is remembered. */
const rememberedTexts = 1_000;
const int64Limit = 2n ** 63n;

/**
 * The transforms as columns; nothing where one of them is more than that, or fills a column that there is not (yet), or always
 * fails: then the parser runs them.
 *
 * @param constantOf What an expression without a record comes to.
 */
export function columnTransforms(
  transforms: readonly CompiledTransform[],
  schema: StructType,
  context: Omit<MetadataContext, 'nowMs'>,
  constantOf: (node: TransformNode) => DecodedValue,
): ColumnTransforms | undefined {
  const plan: Plan = { schema, hidden: [], captures: [], filled: new Set(), cuts: [], steps: [] };
  for (const { node, path } of transforms) {
    const key = columnKeyOf(columnNameOf(path[0] as string));
    const column = schema.fields.findIndex(({ name }) => columnKeyOf(name) === key);
    const simple = simpleTransform(node);
    if (path.length > 1 || simple === undefined) return undefined;
    plan.filled.add(key);
    if (!(column < 0 ? addUnknown(plan, simple, constantOf) : add(plan, column, simple, constantOf))) return undefined;
  }
  const { hidden, captures, filled, cuts, steps } = plan;
  return {
    schema: { ...schema, fields: [...schema.fields, ...hidden] },
    captures: { captures, filled },
    finish(rows, records, nowMs) {
      for (const { column, start, length } of cuts) rows.cutTexts(column, start, length);
      const isLeft = new Uint8Array(rows.length);
      for (const row of rows.unscanned) isLeft[row] = 1;
      const failed: number[] = [];
      for (let row = 0; row < rows.length; row++) {
        if (isLeft[row] === 1) continue;
        const record = records[row] as SourceRecord;
        const of = { record, row, metadata: metadataOf(record, { ...context, nowMs }) };
        if (!steps.every((step) => step(rows, of))) failed.push(row);
      }
      rows.leave(failed);
    },
  };
}

/** Answers whether the transform runs on columns. */
function add(
  plan: Plan,
  column: number,
  simple: SimpleTransform,
  constantOf: (node: TransformNode) => DecodedValue,
): boolean {
  const field = plan.schema.fields[column] as StructField;
  const { type, nullable } = field;
  switch (simple.kind) {
    case 'field':
      plan.captures.push({ path: simple.path, column, as: 'value' });
      return true;
    case 'constant': {
      const value = coerced(field, constantOf(simple.node));
      if (value === undefined) return false;
      plan.steps.push(putting(column, () => value));
      return true;
    }
    case 'metadata': {
      const toValue = remembering(field, 1);
      plan.steps.push(putting(column, ({ metadata }) => toValue(metadata(simple.name))));
      return true;
    }
    case 'substring': {
      const { path, start, length, mayLack } = simple;
      const isText = type === 'string';
      const from = isText ? column : hide(plan, 'string');
      plan.captures.push({ path, column: from, as: 'text' });
      plan.cuts.push({ column: from, start, length });
      if (isText) {
        if (!mayLack) plan.steps.push((rows, { row }) => !rows.isNull(column, row));
        return true;
      }
      const toValue = remembering(field, rememberedTexts);
      plan.steps.push((rows, { row }) => {
        const text = rows.value(from, row) as string | null;
        if (text === null) return mayLack && nullable;
        return put(rows, column, row, toValue(text));
      });
      return true;
    }
    case 'instant': {
      const { path, unit, mayLack } = simple;
      if (type !== 'timestamp' && type !== 'string') return false;
      const from = type === 'timestamp' ? column : hide(plan, 'timestamp');
      plan.captures.push({ path, column: from, as: unitsOf(functionUnits[unit], firstInstant, lastInstant) });
      plan.steps.push((rows, { row }) => {
        if (rows.isNull(from, row)) return mayLack && nullable;
        if (from === column) return true;
        rows.putText(column, row, isoInstant(rows.value(from, row) as bigint) as string);
        return true;
      });
      return true;
    }
    case 'millisToMicros':
      if (type !== 'long') return false;
      plan.captures.push({ path: simple.path, column, as: unitsOf(1000n, -int64Limit, int64Limit - 1n) });
      plan.steps.push((rows, { row }) => simple.mayLack || !rows.isNull(column, row));
      return true;
  }
}

/** A transform whose column there is not (yet): what would want one is left to the parser. */
function addUnknown(plan: Plan, simple: SimpleTransform, constantOf: (node: TransformNode) => DecodedValue): boolean {
  switch (simple.kind) {
    case 'constant':
      return isUndecided(constantOf(simple.node));
    case 'metadata':
      plan.steps.push((_, { metadata }) => metadata(simple.name) === null);
      return true;
    case 'substring':
    case 'instant':
    case 'millisToMicros':
      if (!simple.mayLack) return false;
      plan.captures.push({ path: simple.path, column: -1, as: 'null' });
      return true;
    case 'field':
      plan.captures.push({ path: simple.path, column: -1, as: 'nothing' });
      return true;
  }
}

/** Whole numbers whose product with `factor` lies between the bounds. */
const unitsOf = (factor: bigint, least: bigint, greatest: bigint): ScanCapture['as'] => ({
  factor: Number(factor),
  least: least / factor,
  greatest: greatest / factor,
});

/** A column behind the table's, which no file gets and no field fills: no column's name has a space. */
function hide({ schema, hidden }: Plan, type: DataType): number {
  hidden.push({ name: ` ${hidden.length}`, type, nullable: true, metadata: {} });
  return schema.fields.length + hidden.length - 1;
}

const putting =
  (column: number, toValue: (of: Parameters<Step>[1]) => ColumnValue | undefined): Step =>
  (rows, of) =>
    put(rows, column, of.row, toValue(of));

function put(rows: ScannedRows, column: number, row: number, value: ColumnValue | undefined): boolean {
  if (value === undefined) return false;
  if (typeof value === 'string') rows.putText(column, row, value);
  else rows.putValue(column, row, value);
  return true;
}

/** `coerced`, with what the last texts and numbers came to. */
function remembering(
  field: StructField,
  most: number,
): (value: string | NumberToken | null) => ColumnValue | undefined {
  const known = new Map<string, ColumnValue | undefined>();
  return (value) => {
    if (value === null) return coerced(field, null);
    const text = typeof value === 'string' ? value : value.text;
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = coerced(field, value);
    if (known.size >= most) known.clear();
    known.set(text, made);
    return made;
  };
}

/** A value as its column's; nothing where it does not fit, and its record is a dead letter. */
function coerced(field: StructField, value: DecodedValue): ColumnValue | undefined {
  if (value === null) return field.nullable ? null : undefined;
  try {
    return coercionTo(field.type, epochUnitOf(field))(value);
  } catch (error) {
    if (error instanceof Misfit) return undefined;
    throw error;
  }
}
