import { UnsupportedFeature } from './errors.ts';
import { decimalOf, fieldsOf, type StructType } from './schema.ts';

/** What a primitive type may widen to, decimals aside (PROTOCOL.md, "Type Widening": supported type changes). */
const widened: Readonly<Record<string, readonly string[]>> = {
  byte: ['short', 'integer', 'long', 'double'],
  short: ['integer', 'long', 'double'],
  integer: ['long', 'double'],
  float: ['double'],
  date: ['timestamp_ntz'],
};

/** Digits before the decimal point that hold every value of an integer type; the preview allows so few for small ones. */
const integerDigits: Readonly<Record<string, number>> = { byte: 3, short: 5, integer: 10, long: 20 };

/** The member of a field's metadata that lists its changes. */
export const typeChangesKey = 'delta.typeChanges';

/** PROTOCOL.md, "Type Change Metadata". */
export interface TypeChange {
  fromType: string;
  toType: string;
  /** Within lists and maps, the way from the field to the type, such as `element` or `value.element`. */
  fieldPath?: string;
}

/**
 * Refuses a schema whose columns changed their types in a way that is not read here.
 *
 * @throws {UnsupportedFeature} naming the field and both types.
 */
export function assertKnownTypeChanges(schema: StructType): void {
  for (const [path, { metadata }] of fieldsOf(schema)) {
    for (const { fromType, toType } of (metadata[typeChangesKey] ?? []) as TypeChange[]) {
      if (!widens(fromType, toType)) {
        throw new UnsupportedFeature(
          `${path.join('.')}: expected a type change that widens, got ${fromType} to ${toType}`,
        );
      }
    }
  }
}

/** Whether every value of a primitive type is one of the other, by a change that the protocol knows. */
export function widens(from: string, to: string): boolean {
  const target = decimalOf(to);
  if (target === undefined) return widened[from]?.includes(to) ?? false;
  const source = decimalOf(from);
  const digits = source === undefined ? integerDigits[from] : source.precision - source.scale;
  const scale = source?.scale ?? 0;
  return digits !== undefined && target.scale >= scale && target.precision - target.scale >= digits;
}

const isInteger = (type: string): boolean => type in integerDigits;

/** Whether a change is one that schema evolution makes by itself, as Spark does: an integer stays one. */
export const isAutomaticChange = (from: string, to: string): boolean =>
  widens(from, to) && (!isInteger(from) || isInteger(to));
