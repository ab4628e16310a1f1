import type { SourceSettings } from '#contract/source-settings.ts';
import { parseExpression, type TransformNode } from '#contract/transform-expression.ts';
import { targetPath } from '#contract/transform-target.ts';
import type { StructType } from '#delta/schema.ts';
import { DecodedList, DecodedRecord, type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import { columnKeyOf, columnNameOf } from './column-name.ts';
import type { SourceRecord } from './source-record.ts';
import { type ColumnTransforms, type CompiledTransform, columnTransforms } from './transform-columns.ts';
import { type PathValue, TransformInterpreter } from './transform-interpreter.ts';
import { metadataOf } from './transform-metadata.ts';

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
   * it came, so that their order is of no matter.
   */
  apply(payload: DecodedRecord | undefined, record: SourceRecord, nowMs: number): DecodedRecord | TransformFailure;
  /** The same on columns, for a table of this schema; nothing where only the parser can. */
  onColumns(schema: StructType): ColumnTransforms | undefined;
}

interface Transform extends CompiledTransform {
  expression: string;
}

const emptyRecord = new DecodedRecord([], []);

/** The transforms of a source whose records go to `table`; nothing where it has none. */
export function recordTransforms(
  { transforms, origin }: Pick<SourceSettings, 'transforms' | 'origin'>,
  table: string,
): RecordTransforms | undefined {
  const compiled = Object.entries(transforms).map(([target, expression]): Transform => {
    const path = targetPath(target);
    if (path === undefined) throw new Error(`expected a path of columns to fill, got ${JSON.stringify(target)}`);
    return { expression, node: parseExpression(expression, origin.kind), path };
  });
  if (compiled.length === 0) return undefined;
  const interpreter = new TransformInterpreter();
  const topic = origin.kind === 'kafka' ? origin.topic : undefined;

  const constantOf = (node: TransformNode): DecodedValue =>
    decodedValue(
      interpreter.evaluate(node, null, () => null),
      new Map(),
    );
  const onColumns = new WeakMap<StructType, { plan: ColumnTransforms | undefined }>();

  return {
    onColumns(schema) {
      const known = onColumns.get(schema);
      if (known !== undefined) return known.plan;
      const plan = columnTransforms(compiled, schema, { table, topic }, constantOf);
      onColumns.set(schema, { plan });
      return plan;
    },
    apply(payload = emptyRecord, record, nowMs) {
      const origins = new Map<object, DecodedValue>();
      const root = pathValue(payload, origins);
      const metadata = metadataOf(record, { table, topic, nowMs });
      let transformed = payload;
      for (const { expression, node, path } of compiled) {
        try {
          const value = decodedValue(interpreter.evaluate(node, root, metadata), origins);
          transformed = withValue(transformed, path, value);
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          const message = `expected ${expression} to give a value: ${error.message}`;
          return { kind: 'failure', error: 'TransformFailed', message, path: `$.${path.join('.')}` };
        }
      }
      return transformed;
    },
  };
}

/** `origins` learns which lists and records of the payload the values are. */
function pathValue(value: DecodedValue, origins: Map<object, DecodedValue>): PathValue {
  let made: PathValue & object;
  if (value instanceof DecodedList) made = value.items.map((item) => pathValue(item, origins));
  else if (value instanceof DecodedRecord) {
    const fields: Record<string, PathValue> = Object.create(null);
    for (const [index, name] of value.names.entries()) {
      fields[name] = pathValue(value.values[index] as DecodedValue, origins);
    }
    made = fields;
  } else return value;
  origins.set(made, value);
  return made;
}

/** What an expression gave; lists and records that the payload holds are the payload's own, as it wrote them. */
function decodedValue(value: PathValue | undefined, origins: ReadonlyMap<object, DecodedValue>): DecodedValue {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'boolean':
      return value;
    case 'string':
      if (!value.isWellFormed()) throw new Error('expected whole Unicode characters, got half of a surrogate pair');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`expected a number of JSON, got ${value}`);
      return new NumberToken(String(value));
    case 'object': {
      if (value === null || value instanceof NumberToken) return value;
      const known = origins.get(value);
      if (known !== undefined) return known;
      if (Array.isArray(value)) return new DecodedList(value.map((item) => decodedValue(item, origins)));
      const fields = Object.entries(value as Record<string, PathValue>);
      return new DecodedRecord(
        fields.map(([name]) => name),
        fields.map(([, inner]) => decodedValue(inner, origins)),
      );
    }
    default:
      throw new Error(`expected a value of JSON, got a ${typeof value}`);
  }
}

/** The record with a value at a path; what is there already, under whatever spelling of the column's name, gives way. */
function withValue(record: DecodedRecord, path: readonly string[], value: DecodedValue): DecodedRecord {
  const [name = '', ...inner] = path;
  const key = columnKeyOf(columnNameOf(name));
  const place = record.names.findIndex((field) => columnKeyOf(columnNameOf(field)) === key);
  const found = place < 0 ? undefined : record.values[place];
  const filled =
    inner.length === 0 ? value : withValue(found instanceof DecodedRecord ? found : emptyRecord, inner, value);
  return place < 0
    ? new DecodedRecord([...record.names, name], [...record.values, filled])
    : new DecodedRecord(record.names, record.values.with(place, filled));
}
