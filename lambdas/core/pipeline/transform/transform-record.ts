import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { targetPath } from '#contract/transform-target.ts';
import type { StructType } from '#delta/schema.ts';
import { DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { ExpressionReader, emptyRecord, type RecordExpression, recordExpression } from './record-expressions.ts';
import { type ColumnTransforms, columnTransforms } from './transform-columns.ts';
import type { MetadataContext } from './transform-metadata.ts';
import { transformedColumns } from './transformed-columns.ts';

/** Why a record could not be transformed. `path` is the column that was to be filled: `$.day`. */
export interface TransformFailure {
  kind: 'failure';
  error: 'TransformFailed';
  message: string;
  path: string;
}

export interface RecordTransforms {
  /**
   * The payload (none for a tombstone that becomes a row) with what the source's transforms fill. All of them read the payload as
   * it came, so that their order is of no matter. `type`: what the payload says of itself.
   */
  apply(
    payload: DecodedRecord | undefined,
    record: SourceRecord,
    nowMs: number,
    type?: MetadataContext['type'],
  ): DecodedRecord | TransformFailure;
  /** The same on columns, for a table of this schema; nothing where only the parser can. */
  onColumns(schema: StructType): ColumnTransforms | undefined;
  /** The columns of payloads of one schema, transformed: the same object for the same one. */
  columns(columns: StructType): StructType;
}

interface Transform extends RecordExpression {
  path: readonly string[];
}

/** The transforms of a source whose records go to `table`. */
export function recordTransforms(
  { transforms, drop, origin }: Pick<SourceSettings, 'transforms' | 'drop' | 'origin'>,
  table: string,
): RecordTransforms {
  const compiled = Object.entries(transforms).map(
    ([target, expression]): Transform => ({ ...recordExpression(expression, origin.kind), path: pathOf(target) }),
  );
  const dropped = drop.map(pathOf);
  const reader = new ExpressionReader();
  const topic = origin.kind === 'kafka' ? origin.topic : undefined;
  const transformed = new WeakMap<StructType, StructType>();
  const onColumns = new WeakMap<StructType, { plan: ColumnTransforms | undefined }>();

  return {
    onColumns(schema) {
      const known = onColumns.get(schema);
      if (known !== undefined) return known.plan;
      const plan = columnTransforms({ transforms: compiled, dropped }, schema, { table, topic }, (node) =>
        reader.constant(node),
      );
      onColumns.set(schema, { plan });
      return plan;
    },
    columns(columns) {
      const known = transformed.get(columns) ?? transformedColumns(columns, compiled, dropped);
      transformed.set(columns, known);
      return known;
    },
    apply(payload = emptyRecord, record, nowMs, type) {
      const values = reader.read(compiled, payload, record, { table, topic, nowMs, type });
      if (!Array.isArray(values)) {
        const { index, message } = values;
        const path = `$.${(compiled[index] as Transform).path.join('.')}`;
        return { kind: 'failure', error: 'TransformFailed', message, path };
      }
      const made = { names: [...payload.names], values: [...payload.values] };
      for (const path of dropped) dropValue(made, path);
      for (const [index, { path }] of compiled.entries()) setValue(made, path, values[index] as DecodedValue);
      return new DecodedRecord(made.names, made.values);
    },
  };
}

function pathOf(text: string): readonly string[] {
  const path = targetPath(text);
  if (path === undefined) throw new Error(`expected a path of columns, got ${JSON.stringify(text)}`);
  return path;
}

interface OpenRecord {
  names: string[];
  values: DecodedValue[];
}

/** Takes away what is at a path, whatever its spelling. */
function dropValue({ names, values }: OpenRecord, [name = '', ...inner]: readonly string[]): void {
  const key = keyOf(name);
  for (let place = names.length - 1; place >= 0; place--) {
    if (keyOf(names[place] as string) !== key) continue;
    const found = values[place];
    if (inner.length === 0) {
      names.splice(place, 1);
      values.splice(place, 1);
    } else if (found instanceof DecodedRecord) {
      const record = { names: [...found.names], values: [...found.values] };
      dropValue(record, inner);
      values[place] = new DecodedRecord(record.names, record.values);
    }
  }
}

/** Puts a value at a path; what is there already, under whatever spelling of the column's name, gives way. */
function setValue({ names, values }: OpenRecord, path: readonly string[], value: DecodedValue): void {
  const [name = '', ...inner] = path;
  const key = keyOf(name);
  const place = names.findIndex((field) => keyOf(field) === key);
  let filled = value;
  if (inner.length === 0) {
    for (let other = names.length - 1; other > place; other--) {
      if (keyOf(names[other] as string) !== key) continue;
      names.splice(other, 1);
      values.splice(other, 1);
    }
  } else {
    const found = values[place];
    const within = found instanceof DecodedRecord ? found : emptyRecord;
    const record = { names: [...within.names], values: [...within.values] };
    setValue(record, inner, value);
    filled = new DecodedRecord(record.names, record.values);
  }
  if (place < 0) {
    names.push(name);
    values.push(filled);
  } else values[place] = filled;
}

const rememberedKeys = 1_000;
const keys = new Map<string, string>();

/** The key of a field's column: names are few, and looked at often. */
function keyOf(name: string): string {
  let key = keys.get(name);
  if (key === undefined) {
    key = columnKeyOf(columnNameOf(name));
    if (keys.size >= rememberedKeys) keys.clear();
    keys.set(name, key);
  }
  return key;
}
