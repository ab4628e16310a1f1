import type { MetaData } from './actions.ts';
import { type ColumnMappingMode, columnMappingMode, physicalName } from './column-mapping.ts';
import { type BoundComparison, matchesValue } from './comparison.ts';
import { parseNumbersAsText } from './exact-json.ts';
import { decimalOf } from './schema.ts';
import { compareValues, textToValue, type Value } from './value.ts';

/** Statistics of a data file as parsed JSON, names physical (PROTOCOL.md, "Per-file Statistics"). */
interface FileStats {
  numRecords?: unknown;
  minValues?: unknown;
  maxValues?: unknown;
  nullCount?: unknown;
}

/**
 * Tells from a file's statistics whether rows may match: false only when none does. Statistics that are absent, or not
 * understood, exclude nothing.
 */
export function statisticsFilter(
  comparisons: readonly BoundComparison[],
  metaData: Pick<MetaData, 'configuration'>,
): (stats: string | undefined) => boolean {
  if (comparisons.length === 0) return () => true;
  const mode = columnMappingMode(metaData);
  const tests = comparisons.map((comparison) => columnTest(comparison, mode));
  return (stats) => {
    if (stats === undefined) return true;
    let parsed: FileStats | null;
    try {
      parsed = JSON.parse(stats);
    } catch {
      return true;
    }
    if (typeof parsed !== 'object' || parsed === null) return true;
    const exact = memoized(() => parseNumbersAsText(stats) as FileStats);
    return tests.every((test) => test(parsed, exact));
  };
}

const plainDecimal = /^-?\d+(\.\d+)?$/;
const plainDate = /^\d{4}-\d{2}-\d{2}$/;

type ColumnTest = (stats: FileStats, exact: () => FileStats) => boolean;

function columnTest(comparison: BoundComparison, mode: ColumnMappingMode): ColumnTest {
  const path = comparison.fields.map((field) => physicalName(field, mode));
  const { type } = comparison;
  const isWidenedFloat = type === 'double' && comparison.fields.at(-1)?.metadata['delta.typeChanges'] !== undefined;
  const bound = (of: (stats: FileStats) => unknown, stats: FileStats, exact: () => FileStats): Value => {
    const value = memberAt(of(stats), path);
    if (value === undefined || value === null || typeof value === 'object') return null;
    const text = typeof value === 'number' && !isExact(value, type) ? memberAt(of(exact()), path) : value;
    if (decimalOf(type) !== undefined && !plainDecimal.test(String(text))) return null;
    if (type === 'date' && !plainDate.test(String(text))) return null;
    try {
      const known = textToValue(String(text), type);
      return Number.isNaN(known) && text !== 'NaN' ? null : known;
    } catch {
      return null;
    }
  };
  return (stats, exact) => {
    const nulls = memberAt(stats.nullCount, path);
    if (typeof nulls === 'number' && nulls > 0 && nulls === stats.numRecords) return false;
    let min = bound((all) => all.minValues, stats, exact);
    let max = bound((all) => all.maxValues, stats, exact);
    // A column that was `float` has statistics in the digits of floats.
    if (isWidenedFloat) {
      min = min === null ? null : Math.min(min as number, Math.fround(min as number));
      max = max === null ? null : Math.max(max as number, Math.fround(max as number));
    }
    return mayHoldBetween(comparison, min, max);
  };
}

/**
 * Whether some value between two that statistics give (null: not known) satisfies a comparison. Timestamps were cut to
 * milliseconds (PROTOCOL.md, "Per-file Statistics"). Writers differ in whether a greatest value tells of NaN, which comes after it.
 */
export function mayHoldBetween(comparison: BoundComparison, min: Value, greatest: Value): boolean {
  const { operator, values, type } = comparison;
  const isTime = type === 'timestamp' || type === 'timestamp_ntz';
  const max = isTime && greatest !== null ? (greatest as bigint) + 999n : greatest;
  const unboundedAbove = type === 'float' || type === 'double';
  const isBelow = (value: Value) => min !== null && compareValues(value, min, type) < 0;
  const isAbove = (value: Value) =>
    max !== null && !(unboundedAbove && Number.isNaN(value)) && compareValues(value, max, type) > 0;
  switch (operator) {
    case '=':
    case 'in':
      return values.some((value) => !isBelow(value) && !isAbove(value));
    case '<':
    case '<=':
      return min === null || matchesValue(comparison, min);
    case '>':
    case '>=':
      return max === null || unboundedAbove || matchesValue(comparison, max);
    case '!=':
      return (
        min === null || max === null || unboundedAbove || matchesValue(comparison, min) || matchesValue(comparison, max)
      );
  }
}

/** Whether a double says what the statistics' digits said. */
function isExact(value: number, type: string): boolean {
  const decimal = decimalOf(type);
  if (decimal !== undefined) return decimal.precision <= 15 && !/e/i.test(String(value));
  return type !== 'long' || Number.isSafeInteger(value);
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  let member = value;
  for (const name of path) {
    if (typeof member !== 'object' || member === null) return undefined;
    member = (member as Record<string, unknown>)[name];
  }
  return member;
}

function memoized<Result>(make: () => Result): () => Result {
  let made: { value: Result } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
