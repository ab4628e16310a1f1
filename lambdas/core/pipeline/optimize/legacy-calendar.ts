import type { DataType, StructField } from '#delta/schema.ts';

/** What Spark's rebasing changes the meaning of, and from when on calendars and zones agree. */
const agreedFrom: Readonly<Record<string, string>> = { date: '1582-10-15', timestamp: '1900-01-01' };

/** Whether columns have values that Spark may have written by the calendar of old (Julian up to 1582). */
const hasRebasedTypes = (fields: readonly StructField[]): boolean => fields.some(({ type }) => isRebased(type));

function isRebased(type: DataType): boolean {
  if (typeof type === 'string') return type in agreedFrom;
  switch (type.type) {
    case 'struct':
      return hasRebasedTypes(type.fields);
    case 'array':
      return isRebased(type.elementType);
    case 'map':
      return isRebased(type.keyType) || isRebased(type.valueType);
  }
}

interface Stats {
  numRecords?: unknown;
  minValues?: unknown;
  nullCount?: unknown;
}

/**
 * Whether a file may hold dates or timestamps that are other ones where Spark wrote them by the calendar of old: unless its
 * statistics tell that each is late enough.
 */
export function mayHoldOldTimes(stats: string | undefined, fields: readonly StructField[]): boolean {
  let parsed: Stats | null;
  try {
    parsed = JSON.parse(stats ?? '{}') as Stats | null;
  } catch {
    parsed = null;
  }
  const { numRecords, minValues, nullCount } = parsed ?? {};
  return mayBeOld(fields, minValues, nullCount, numRecords);
}

function mayBeOld(fields: readonly StructField[], least: unknown, nulls: unknown, rows: unknown): boolean {
  return fields.some(({ name, type }) => {
    if (!isRebased(type)) return false;
    const [min, nullRows] = [memberOf(least, name), memberOf(nulls, name)];
    if (typeof type !== 'string') return type.type !== 'struct' || mayBeOld(type.fields, min, nullRows, rows);
    if (typeof nullRows === 'number' && nullRows === rows) return false;
    return typeof min !== 'string' || !/^\d{4}-/.test(min) || min < (agreedFrom[type] as string);
  });
}

function memberOf(group: unknown, name: string): unknown {
  if (typeof group !== 'object' || group === null) return undefined;
  return Object.hasOwn(group, name) ? (group as Record<string, unknown>)[name] : undefined;
}
