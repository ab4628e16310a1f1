import type { SourceSettings } from '#contract/source-settings.ts';
import { parseExpression, type TransformNode } from '#contract/transform-expression.ts';
import type { MetadataName } from '#contract/transform-metadata.ts';
import { targetPath } from '#contract/transform-target.ts';
import type { StructType } from '#delta/schema.ts';
import {
  DecodedList,
  DecodedMap,
  DecodedRecord,
  type DecodedValue,
  NumberToken,
  textOf,
} from '#formats/decoded-value.ts';
import { columnKeyOf, columnNameOf } from '../column-name.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { type ColumnTransforms, type CompiledTransform, columnTransforms } from './transform-columns.ts';
import { type PathValue, TransformInterpreter } from './transform-interpreter.ts';
import { type MetadataContext, metadataOf } from './transform-metadata.ts';

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
}

interface Transform extends CompiledTransform {
  expression: string;
}

const emptyRecord = new DecodedRecord([], []);

/** The transforms of a source whose records go to `table`. */
export function recordTransforms(
  { transforms, drop, origin }: Pick<SourceSettings, 'transforms' | 'drop' | 'origin'>,
  table: string,
): RecordTransforms {
  const compiled = Object.entries(transforms).map(
    ([target, expression]): Transform => ({
      expression,
      node: parseExpression(expression, origin.kind),
      path: pathOf(target),
    }),
  );
  const dropped = drop.map(pathOf);
  const interpreter = new TransformInterpreter();
  const topic = origin.kind === 'kafka' ? origin.topic : undefined;

  const constantOf = (node: TransformNode): DecodedValue | undefined => {
    const value = interpreter.evaluate(node, null, () => null);
    try {
      return decodedValue(value, new Map());
    } catch (error) {
      if (error instanceof Error) return undefined;
      throw error;
    }
  };
  const onColumns = new WeakMap<StructType, { plan: ColumnTransforms | undefined }>();

  return {
    onColumns(schema) {
      const known = onColumns.get(schema);
      if (known !== undefined) return known.plan;
      const plan = columnTransforms({ transforms: compiled, dropped }, schema, { table, topic }, constantOf);
      onColumns.set(schema, { plan });
      return plan;
    },
    apply(payload = emptyRecord, record, nowMs, type) {
      const origins = new Map<object, DecodedValue>();
      const root = pathValue(payload, origins);
      const context = { table, topic, nowMs, type };
      const metadata = (name: MetadataName): PathValue => {
        const value = metadataOf(name, record, context);
        return typeof value === 'bigint' ? new NumberToken(String(value)) : value;
      };
      const transformed = { names: [...payload.names], values: [...payload.values] };
      for (const path of dropped) dropValue(transformed, path);
      for (const { expression, node, path } of compiled) {
        try {
          setValue(transformed, path, decodedValue(interpreter.evaluate(node, root, metadata), origins));
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          const message = `expected ${expression} to give a value: ${error.message}`;
          return { kind: 'failure', error: 'TransformFailed', message, path: `$.${path.join('.')}` };
        }
      }
      return new DecodedRecord(transformed.names, transformed.values);
    },
  };
}

/**
 * A value as JMESPath knows values: binary numbers are tokens, maps objects, bytes and times their texts. `origins` learns which
 * numbers, lists, maps and records of the payload the values are.
 */
function pathValue(value: DecodedValue, origins: Map<object, DecodedValue>): PathValue {
  if (value === null || typeof value === 'boolean' || value instanceof NumberToken) return value;
  let made: PathValue & object;
  if (typeof value === 'number' || typeof value === 'bigint') made = new NumberToken(textOf(value));
  else if (value instanceof DecodedList) made = value.items.map((item) => pathValue(item, origins));
  else if (value instanceof DecodedRecord) made = pathFields(value.names, value.values, origins);
  else if (value instanceof DecodedMap) {
    const names = value.entries.map(([key]) => textOf(key));
    made = pathFields(
      names,
      value.entries.map(([, inner]) => inner),
      origins,
    );
  } else return textOf(value);
  origins.set(made, value);
  return made;
}

function pathFields(
  names: readonly string[],
  values: readonly DecodedValue[],
  origins: Map<object, DecodedValue>,
): Record<string, PathValue> {
  const fields: Record<string, PathValue> = {};
  for (let index = 0; index < names.length; index++) {
    const field = pathValue(values[index] as DecodedValue, origins);
    const name = names[index] as string;
    if (name === '__proto__') Object.defineProperty(fields, name, { value: field, enumerable: true });
    else fields[name] = field;
  }
  return fields;
}

/** What an expression gave; what the payload holds is the payload's own, as it wrote it. */
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
      if (value === null) return value;
      const known = origins.get(value);
      if (known !== undefined) return known;
      if (value instanceof NumberToken) return value;
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
