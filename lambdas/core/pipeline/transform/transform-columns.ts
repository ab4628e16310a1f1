import { filledKey, type ScanCapture, type ScanCaptures } from '#columnar/scan/scan-captures.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { TransformNode } from '#contract/transform-expression.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import type { DecodedValue } from '#formats/decoded-value.ts';
import { isUndecided } from '../coerce/coerce-struct.ts';
import { firstInstant, lastInstant } from '../coerce/iso-time.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import type { ScannedRows } from '../ingest/unfiled-rows.ts';
import { functionUnits } from './transform-functions.ts';
import { type SimpleTransform, simpleTransform } from './transform-kind.ts';
import type { MetadataContext } from './transform-metadata.ts';
import { keyOf, makesWholeStructs, type Place, placeOf } from './transform-place.ts';
import { coercionOf, foundMetadata, metadataCoercion, remembering } from './transform-value.ts';

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

/** Fills a whole column behind a scan; answers the rows that the parser must see. */
type Filling = (rows: ScannedRows) => readonly number[];
/** Fills one row's column behind a scan; false where the parser must see the record. */
type Step = (rows: ScannedRows, row: number, of: { record: SourceRecord; context: MetadataContext }) => boolean;

interface Plan {
  schema: StructType;
  hidden: StructField[];
  captures: ScanCapture[];
  filled: Set<string>;
  fillings: Filling[];
  steps: Step[];
}

/** Texts are few where they are days or codes: what they come to is remembered. */
const rememberedTexts = 1_000;
const int64Limit = 2n ** 63n;

/**
 * The transforms as columns; nothing where one of them is more than that, or always fails: then the parser runs them.
 *
 * @param constantOf What an expression without a record comes to; nothing where it always fails.
 */
export function columnTransforms(
  { transforms, dropped }: { transforms: readonly CompiledTransform[]; dropped: readonly (readonly string[])[] },
  schema: StructType,
  context: Omit<MetadataContext, 'nowMs'>,
  constantOf: (node: TransformNode) => DecodedValue | undefined,
): ColumnTransforms | undefined {
  const plan: Plan = { schema, hidden: [], captures: [], filled: new Set(), fillings: [], steps: [] };
  for (const { node, path } of transforms) {
    const simple = simpleTransform(node);
    if (simple === undefined) return undefined;
    plan.filled.add(filledKey(path.map(keyOf)));
    const place = placeOf(schema, path);
    let runs: boolean;
    if (place === undefined) runs = path.length === 1 && addUnknown(plan, simple, constantOf);
    else if (path.length === 1) runs = add(plan, place, simple, constantOf);
    else runs = addToRows(plan, place, simple, constantOf);
    if (!runs) return undefined;
  }
  if (transforms.some(({ path }) => !makesWholeStructs(schema, path, plan.filled))) return undefined;
  for (const path of dropped) {
    const field = placeOf(schema, path)?.field;
    const key = filledKey(path.map(keyOf));
    if (field !== undefined && !field.nullable && !plan.filled.has(key)) return undefined;
    if (path.length > 1) return undefined;
    plan.filled.add(key);
  }
  const { hidden, captures, filled, fillings, steps } = plan;
  return {
    schema: { ...schema, fields: [...schema.fields, ...hidden] },
    captures: { captures, filled },
    finish(rows, records, nowMs) {
      rows.leave(fillings.flatMap((fill) => fill(rows)));
      if (steps.length === 0) return;
      const isLeft = new Uint8Array(rows.length);
      for (const row of rows.unscanned) isLeft[row] = 1;
      const now = { ...context, nowMs };
      const failed: number[] = [];
      for (let row = 0; row < rows.length; row++) {
        if (isLeft[row] === 1) continue;
        const of = { record: records[row] as SourceRecord, context: now };
        if (!steps.every((step) => step(rows, row, of))) failed.push(row);
      }
      rows.leave(failed);
    },
  };
}

/** Adds what is the same whatever the payload is. Answers whether the transform is that, and always gives a value that fits. */
function addToRows(
  plan: Plan,
  { field, indexes }: Place,
  simple: SimpleTransform,
  constantOf: (node: TransformNode) => DecodedValue | undefined,
): boolean {
  switch (simple.kind) {
    case 'constant': {
      const constant = constantOf(simple.node);
      const value = constant === undefined ? undefined : coercionOf(field)(constant);
      if (value === undefined) return false;
      plan.steps.push((rows, row) => put(rows, indexes, row, value));
      return true;
    }
    case 'metadata': {
      const toValue = metadataCoercion(field);
      plan.steps.push((rows, row, { record, context }) => {
        const found = foundMetadata(simple.name, record, context);
        return found !== undefined && put(rows, indexes, row, toValue(found));
      });
      return true;
    }
    default:
      return false;
  }
}

/** Answers whether the transform runs on columns. */
function add(
  plan: Plan,
  place: Place,
  simple: SimpleTransform,
  constantOf: (node: TransformNode) => DecodedValue | undefined,
): boolean {
  const { field } = place;
  const column = place.indexes[0] as number;
  switch (simple.kind) {
    case 'field':
      plan.captures.push({ path: simple.path, column, as: 'value', isRequired: false });
      return true;
    case 'constant':
    case 'metadata':
      return addToRows(plan, place, simple, constantOf);
    case 'substring':
      addSubstring(plan, column, simple);
      return true;
    case 'instant': {
      if (field.type !== 'timestamp' && field.type !== 'string') return false;
      const isTime = field.type === 'timestamp';
      const from = isTime ? column : hide(plan, 'timestamp');
      const as = unitsOf(functionUnits[simple.unit], firstInstant, lastInstant);
      plan.captures.push({ path: simple.path, column: from, as, isRequired: isRequired(field, simple) });
      if (!isTime) {
        plan.fillings.push((rows) => {
          rows.writeInstants(from, column);
          return [];
        });
      }
      return true;
    }
    case 'epoch': {
      if (field.type !== 'long') return false;
      const from = hide(plan, 'timestamp');
      plan.captures.push({ path: simple.path, column: from, as: 'value', isRequired: isRequired(field, simple) });
      plan.fillings.push((rows) => {
        rows.countUnits(from, column, Number(functionUnits[simple.unit]));
        return [];
      });
      return true;
    }
    case 'millisToMicros': {
      if (field.type !== 'long') return false;
      const as = unitsOf(1000n, -int64Limit, int64Limit - 1n);
      plan.captures.push({ path: simple.path, column, as, isRequired: isRequired(field, simple) });
      return true;
    }
  }
}

function addSubstring(plan: Plan, column: number, simple: Extract<SimpleTransform, { kind: 'substring' }>): void {
  const { path, start, length } = simple;
  const field = plan.schema.fields[column] as StructField;
  const isText = field.type === 'string';
  const from = isText ? column : hide(plan, 'string');
  plan.captures.push({ path, column: from, as: 'text', isRequired: isRequired(field, simple) });
  plan.fillings.push((rows) => {
    rows.cutTexts(from, start, length);
    return timeTypes.has(field.type) ? rows.readTimes(from, column) : [];
  });
  if (isText || timeTypes.has(field.type)) return;
  const toValue = remembering(coercionOf(field), rememberedTexts);
  plan.steps.push((rows, row) => put(rows, [column], row, toValue(rows.value(from, row) as string | null)));
}

const timeTypes: ReadonlySet<DataType> = new Set(['date', 'timestamp', 'timestamp_ntz']);

/** A function of a field that is not there fails, but where the expression asks first and the column may be null. */
const isRequired = ({ nullable }: StructField, { mayLack }: { mayLack: boolean }): boolean => !mayLack || !nullable;

/** A transform whose column there is not (yet): what would want one is left to the parser. */
function addUnknown(
  plan: Plan,
  simple: SimpleTransform,
  constantOf: (node: TransformNode) => DecodedValue | undefined,
): boolean {
  switch (simple.kind) {
    case 'constant': {
      const constant = constantOf(simple.node);
      return constant !== undefined && isUndecided(constant);
    }
    case 'metadata':
      plan.steps.push((_rows, _row, { record, context }) => foundMetadata(simple.name, record, context) === null);
      return true;
    case 'field':
      plan.captures.push({ path: simple.path, column: -1, as: 'nothing', isRequired: false });
      return true;
    case 'substring':
    case 'instant':
    case 'epoch':
    case 'millisToMicros':
      if (!simple.mayLack) return false;
      plan.captures.push({ path: simple.path, column: -1, as: 'null', isRequired: false });
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

function put(rows: ScannedRows, place: readonly number[], row: number, value: ColumnValue | undefined): boolean {
  if (value !== undefined) rows.putValue(place, row, value);
  return value !== undefined;
}
