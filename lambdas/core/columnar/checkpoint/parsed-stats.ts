import type { SchemaTree } from 'hyparquet';
import { rawNumber } from '#delta/exact-json.ts';
import { dateText, millisecondText } from '../read/exact-values.ts';
import { decimalText, unscaledOf } from '../vector/decimal-text.ts';

/**
 * Delta's statistics as JSON text, from a checkpoint that holds them as a struct (`stats_parsed`): `tree` is that group's
 * schema, whose annotations tell decimals and times. Numbers are exact.
 */
export function statsText(parsed: object, tree: SchemaTree): string {
  return JSON.stringify(toJson(parsed, tree));
}

function toJson(value: unknown, tree: SchemaTree): unknown {
  if (value === null || value === undefined) return undefined;
  if (tree.children.length > 0) {
    const group = value as Record<string, unknown>;
    return Object.fromEntries(
      tree.children.map((child) => [child.element.name, toJson(group[child.element.name], child)]),
    );
  }
  const { converted_type: converted, logical_type: logical, scale = 0 } = tree.element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    return rawNumber(decimalText(unscaledOf(value as number | bigint | Uint8Array), scale));
  }
  if (converted === 'DATE' || logical?.type === 'DATE') return dateText(value as number);
  if (isTimestamp(tree)) return timestampText(value as bigint, tree);
  if (typeof value === 'bigint') return rawNumber(value.toString());
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}

const isTimestamp = ({ element: { type, converted_type: converted, logical_type: logical } }: SchemaTree): boolean =>
  type === 'INT96' || logical?.type === 'TIMESTAMP' || (converted?.startsWith('TIMESTAMP_') ?? false);

function timestampText(us: bigint, { element: { logical_type: logical } }: SchemaTree): string {
  const text = millisecondText(us);
  const isLocal = logical?.type === 'TIMESTAMP' && !logical.isAdjustedToUTC;
  return isLocal ? text.slice(0, -1) : text;
}
