import { parseWithRawNumbers, type RawNumber, rawNumber } from './exact-json.ts';
import type { DataType, StructField } from './schema.ts';
import { compareValues, textToValue } from './value.ts';

/** A file whose rows are among those described. */
export interface DescribedFile {
  /** `add.stats`; absent: nothing is known but the number of rows. */
  stats: string | undefined;
  rows: number;
  /** Whether the file has no such top-level column, so that all its rows are null there. */
  lacks: (column: string) => boolean;
}

type Token = string | boolean | RawNumber;
type Members = { [name: string]: Members | Token | null | undefined };

interface FileStatistics {
  rows: number;
  minValues: Members | undefined;
  maxValues: Members | undefined;
  nullCount: Members | undefined;
  tightBounds: boolean;
}

/**
 * Statistics of all rows of several files together, from the files' own (PROTOCOL.md, "Per-file Statistics"): the least of the
 * least values, the greatest of the greatest, nulls and rows added up. What one file does not say is left unsaid, unless it
 * has nulls only. Bounds that were cut short stay bounds.
 *
 * @param fields the table's columns without those it is partitioned by
 */
export function joinStatistics(files: readonly DescribedFile[], fields: readonly StructField[]): string {
  let joined: FileStatistics = join([], fields);
  for (let start = 0; start < files.length; start += filesAtOnce) {
    const some = files.slice(start, start + filesAtOnce).map((file) => parse(file, fields));
    joined = join([joined, ...some], fields);
  }
  const { rows: numRecords, tightBounds, ...members } = joined;
  return JSON.stringify({ numRecords, ...members, ...(tightBounds ? {} : { tightBounds }) });
}

/** Of thousands of files, statistics of so many are taken apart at a time: taken apart they are ten times as large. */
const filesAtOnce = 64;

const join = (files: readonly FileStatistics[], fields: readonly StructField[]): FileStatistics => ({
  rows: files.reduce((sum, { rows }) => sum + rows, 0),
  ...joinMembers(files, fields),
  tightBounds: files.every(({ tightBounds }) => tightBounds),
});

function parse({ stats, rows, lacks }: DescribedFile, fields: readonly StructField[]): FileStatistics {
  const parsed = legible(stats);
  const absent = fields.filter(({ name }) => lacks(name));
  const nulls = Object.fromEntries(absent.map(({ name, type }) => [name, allNull(type, rows)]));
  return {
    rows,
    minValues: parsed.minValues,
    maxValues: parsed.maxValues,
    nullCount: { ...parsed.nullCount, ...nulls },
    tightBounds: parsed.tightBounds !== false,
  };
}

/** What is no JSON object says as much as nothing. */
function legible(stats: string | undefined): Partial<FileStatistics> {
  try {
    return (parseWithRawNumbers(stats ?? '{}') ?? {}) as Partial<FileStatistics>;
  } catch {
    return {};
  }
}

function allNull(type: DataType, rows: number): Members | Token {
  if (typeof type === 'string' || type.type !== 'struct') return rawNumber(String(rows)) as RawNumber;
  return Object.fromEntries(type.fields.map((field) => [field.name, allNull(field.type, rows)]));
}

interface Joined {
  minValues: Members;
  maxValues: Members;
  nullCount: Members;
}

function joinMembers(files: readonly FileStatistics[], fields: readonly StructField[]): Joined {
  const joined: Joined = { minValues: {}, maxValues: {}, nullCount: {} };
  for (const { name, type } of fields) {
    if (typeof type !== 'string' && type.type === 'struct') {
      const within = joinMembers(
        files.map((file) => memberOf(file, name)),
        type.fields,
      );
      for (const kind of ['minValues', 'maxValues', 'nullCount'] as const) {
        if (Object.keys(within[kind]).length > 0) joined[kind][name] = within[kind];
      }
      continue;
    }
    const nullCounts = files.map(({ nullCount }) => countOf(nullCount?.[name]));
    const nulls = nullCounts.reduce<bigint | undefined>(
      (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
      0n,
    );
    if (nulls !== undefined) joined.nullCount[name] = rawNumber(nulls.toString()) as RawNumber;
    const filled = files.filter(({ rows }, index) => nullCounts[index] !== BigInt(rows));
    const min = extreme(
      filled.map(({ minValues }) => minValues?.[name]),
      type,
      -1,
    );
    const max = extreme(
      filled.map(({ maxValues }) => maxValues?.[name]),
      type,
      1,
    );
    if (min !== undefined) joined.minValues[name] = min;
    if (max !== undefined) joined.maxValues[name] = max;
  }
  return joined;
}

function memberOf(file: FileStatistics, name: string): FileStatistics {
  const within = (members: Members | undefined) => {
    const member = members?.[name];
    return typeof member === 'object' && member !== null && !isNumber(member) ? member : undefined;
  };
  return {
    ...file,
    minValues: within(file.minValues),
    maxValues: within(file.maxValues),
    nullCount: within(file.nullCount),
  };
}

const isNumber = (token: object): token is RawNumber => 'rawJSON' in token && typeof token.rawJSON === 'string';

function countOf(token: Members[string]): bigint | undefined {
  if (typeof token !== 'object' || token === null || !isNumber(token)) return undefined;
  return /^\d+$/.test(token.rawJSON) ? BigInt(token.rawJSON) : undefined;
}

/** The least (`sign` −1) or greatest (1) of the tokens; nothing when one is missing, or has no order here. */
function extreme(tokens: readonly Members[string][], type: DataType, sign: -1 | 1): Token | undefined {
  let best: Token | undefined;
  for (const token of tokens) {
    const text = textOf(token);
    if (text === undefined || !isComparable(text, type)) return undefined;
    try {
      const bestText = textOf(best);
      const order =
        bestText === undefined ? sign : compareValues(textToValue(text, type), textToValue(bestText, type), type);
      if (order * sign > 0) best = token as Token;
    } catch {
      // A text or type without an order: no bound is a true one.
      return undefined;
    }
  }
  return best;
}

/** Texts of dates beyond years 0000 to 9999 are not in the order of the dates, and those of binary are each writer's own. */
const isComparable = (text: string, type: DataType): boolean =>
  type !== 'binary' && (type !== 'date' || /^\d{4}-\d{2}-\d{2}$/.test(text));

function textOf(token: Members[string]): string | undefined {
  if (typeof token === 'string') return token;
  return typeof token === 'object' && token !== null && isNumber(token) ? token.rawJSON : undefined;
}
