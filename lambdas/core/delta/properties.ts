import type { MetaData } from './actions.ts';
import { InvalidProperty } from './errors.ts';
import { parseColumnList } from './property-columns.ts';
import { retentionMs } from './retention.ts';

/** Delta's isolation levels; the table's default is the strictest, and commits that change no data may have the last. */
export type IsolationLevel = 'Serializable' | 'WriteSerializable' | 'SnapshotIsolation';

/** A table property that is honoured here: its key, its value where the table does not set it, and how its text is read. */
export interface TableProperty<T> {
  key: string;
  ifAbsent: T;
  /** @throws {InvalidProperty} for a text that is no value of it. */
  parse(text: string): T;
}

const dayMs = 86_400_000;

/** Delta's table properties with a meaning here (Delta's documentation, "Table properties reference"). All others are kept. */
export const properties = {
  /** Rows are never removed or changed; rewriting files is allowed. */
  appendOnly: flag('delta.appendOnly', false),
  isolationLevel: choice<IsolationLevel>(
    'delta.isolationLevel',
    ['Serializable', 'WriteSerializable', 'SnapshotIsolation'],
    'Serializable',
  ),
  /** Versions from one checkpoint to the next. */
  checkpointInterval: integer<number | undefined>('delta.checkpointInterval', { least: 1, ifAbsent: undefined }),
  checkpointPolicy: choice<'classic' | 'v2'>('delta.checkpointPolicy', ['classic', 'v2'], 'classic'),
  /** How long commits are kept, in milliseconds. */
  logRetentionMs: interval('delta.logRetentionDuration', 30 * dayMs),
  enableExpiredLogCleanup: flag('delta.enableExpiredLogCleanup', true),
  /** How long a removed file's tombstone and object are kept, in milliseconds. */
  deletedFileRetentionMs: interval('delta.deletedFileRetentionDuration', 7 * dayMs),
  /** Bytes that rewritten files aim at. */
  targetFileBytes: byteSize('delta.targetFileSize'),
  /** Leaf columns with statistics, in schema order; −1: all. */
  indexedLeaves: integer<number>('delta.dataSkippingNumIndexedCols', { least: -1, ifAbsent: 32 }),
  /** Columns with statistics, as paths; they win over the number. */
  statsColumns: columnList('delta.dataSkippingStatsColumns'),
  /** New files go under a random prefix rather than the folders of their partition. */
  randomizeFilePrefixes: flag('delta.randomizeFilePrefixes', false),
  randomPrefixLength: integer<number>('delta.randomPrefixLength', { least: 1, ifAbsent: 2 }),
  /** Whether checkpoints hold files' statistics as JSON text. */
  writeStatsAsJson: flag('delta.checkpoint.writeStatsAsJson', true),
  /** Whether they hold them, and partition values, as structs too. Not set: partition values only. */
  writeStatsAsStruct: flag<boolean | undefined>('delta.checkpoint.writeStatsAsStruct', undefined),
  enableInCommitTimestamps: flag('delta.enableInCommitTimestamps', false),
  /** Columns may become wider ones. */
  enableTypeWidening: flag('delta.enableTypeWidening', false),
} as const;

/**
 * A property's value in a table.
 *
 * @throws {InvalidProperty} when the table sets it to what it cannot be.
 */
export function propertyOf<T>({ configuration }: Pick<MetaData, 'configuration'>, property: TableProperty<T>): T {
  const text = configuration[property.key];
  return text === undefined ? property.ifAbsent : property.parse(text);
}

/** A property's value in a table; what others set to nonsense counts as not set. */
export function validPropertyOf<T>(metaData: Pick<MetaData, 'configuration'>, property: TableProperty<T>): T {
  try {
    return propertyOf(metaData, property);
  } catch (error) {
    if (error instanceof InvalidProperty) return property.ifAbsent;
    throw error;
  }
}

/** @throws {InvalidProperty} for a known property with a value that it cannot have. */
export function assertValidProperties(configuration: Readonly<Record<string, string>>): void {
  for (const property of Object.values(properties)) propertyOf<unknown>({ configuration }, property);
}

const invalid = (key: string, expected: string, text: string, cause?: unknown): InvalidProperty =>
  new InvalidProperty(`${key}: expected ${expected}, got "${text}"`, { cause });

function flag<T extends boolean | undefined = boolean>(key: string, ifAbsent: T): TableProperty<T | boolean> {
  return {
    key,
    ifAbsent,
    parse(text) {
      const word = text.trim().toLowerCase();
      if (word !== 'true' && word !== 'false') throw invalid(key, 'true or false', text);
      return word === 'true';
    },
  };
}

function choice<T extends string>(key: string, words: readonly T[], ifAbsent: T): TableProperty<T> {
  return {
    key,
    ifAbsent,
    parse(text) {
      const found = words.find((word) => word.toLowerCase() === text.trim().toLowerCase());
      if (found === undefined) throw invalid(key, words.join(' or '), text);
      return found;
    },
  };
}

function integer<T extends number | undefined>(
  key: string,
  { least, ifAbsent }: { least: number; ifAbsent: T },
): TableProperty<T | number> {
  return {
    key,
    ifAbsent,
    parse(text) {
      const value = Number(text.trim());
      if (!/^-?\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < least) {
        throw invalid(key, `an integer of at least ${least}`, text);
      }
      return value;
    },
  };
}

function interval(key: string, ifAbsent: number): TableProperty<number> {
  return {
    key,
    ifAbsent,
    parse(text) {
      try {
        return retentionMs(text) ?? ifAbsent;
      } catch (cause) {
        throw invalid(key, 'an interval such as "interval 7 days"', text, cause);
      }
    },
  };
}

const byteUnits: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Spark's byte sizes: `134217728`, `128mb`, `128m`, `1g`. */
function byteSize(key: string): TableProperty<number | undefined> {
  return {
    key,
    ifAbsent: undefined,
    parse(text) {
      const [, count, unit] = /^(\d+)\s*(b|[kmgt]?)b?$/i.exec(text.trim()) ?? [];
      const bytes = Number(count) * (byteUnits[(unit ?? '').toLowerCase()] as number);
      if (!Number.isSafeInteger(bytes) || bytes < 1) throw invalid(key, 'a size such as 134217728 or 128mb', text);
      return bytes;
    },
  };
}

function columnList(key: string): TableProperty<readonly (readonly string[])[] | undefined> {
  return {
    key,
    ifAbsent: undefined,
    parse(text) {
      const paths = parseColumnList(text);
      if (paths === undefined) throw invalid(key, 'columns such as id, address.zip, `odd name`', text);
      return paths;
    },
  };
}
