import type { ColumnValue } from '#columnar/vector/column.ts';
import { epochUnitOf } from '#contract/epoch-unit.ts';
import type { MetadataName } from '#contract/transform-metadata.ts';
import type { StructField } from '#delta/schema.ts';
import { type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import { coercionTo } from '../coerce/coerce-value.ts';
import { Misfit } from '../coerce/misfit.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { type MetadataContext, metadataOf } from './transform-metadata.ts';

const int64Limit = 2n ** 63n;

/** Nothing where a value does not fit its column, and its record is a dead letter. */
type ToValue<From extends DecodedValue> = (value: From) => ColumnValue | undefined;

export function coercionOf(field: StructField): ToValue<DecodedValue> {
  const coerce = coercionTo(field.type, epochUnitOf(field));
  return (value) => {
    if (value === null) return field.nullable ? null : undefined;
    try {
      return coerce(value);
    } catch (error) {
      if (error instanceof Misfit) return undefined;
      throw error;
    }
  };
}

/** Metadata of a name; nothing where it cannot be told. */
export function foundMetadata(
  name: MetadataName,
  record: SourceRecord,
  context: MetadataContext,
): string | bigint | null | undefined {
  try {
    return metadataOf(name, record, context);
  } catch {
    return undefined;
  }
}

export function metadataCoercion(field: StructField): (value: string | bigint | null) => ColumnValue | undefined {
  const toValue = remembering(coercionOf(field), 1);
  return (value) => {
    if (typeof value !== 'bigint') return field.type === 'string' && value !== null ? value : toValue(value);
    const isLong = field.type === 'long' && value >= -int64Limit && value < int64Limit;
    return isLong ? value : toValue(new NumberToken(String(value)));
  };
}

/** The same, with what the last texts and numbers came to. */
export function remembering(toValue: ToValue<DecodedValue>, most: number): ToValue<string | NumberToken | null> {
  const known = new Map<string, ColumnValue>();
  return (value) => {
    if (value === null) return toValue(null);
    const text = typeof value === 'string' ? value : value.text;
    let found = known.get(text);
    if (found === undefined) {
      found = toValue(value);
      if (found === undefined) return undefined;
      if (known.size >= most) known.clear();
      known.set(text, found);
    }
    return found;
  };
}
