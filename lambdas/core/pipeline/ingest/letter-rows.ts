import { parseSchema, type StructType } from '#delta/schema.ts';
import type { Decoded } from '#formats/payload-decoder.ts';
import { maxValueLength } from '../coerce/partition-value.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { LetterTransforms } from '../transform/letter-transforms.ts';
import { BatchRows } from './batch-rows.ts';
import { type DeadLetter, deadLetterValues, inColumns, type LetterValues } from './dead-letter.ts';
import { poisonClass } from './decode-record.ts';
import type { SourceRecord } from './source-record.ts';

export interface LetterMaking {
  /** The source's route, as the settings have it. */
  route: string;
  /** Nothing: a tombstone. Not asked of what must not be decoded. */
  decoded: (record: SourceRecord) => Decoded | undefined;
  /** What fills further columns; nothing where the source has none. */
  transforms: LetterTransforms | undefined;
  nowMs: number;
}

/** Rows of dead letters for their table as it is agreed. */
export function letterRows(table: TableRecord, letters: readonly DeadLetter[], making: LetterMaking): BatchRows {
  const schema = parseSchema(table.schemaString);
  const rows = new BatchRows(table);
  for (const letter of letters) addLetter(rows, { schema, partitionColumns: table.partitionColumns }, letter, making);
  return rows;
}

function addLetter(
  rows: BatchRows,
  { schema, partitionColumns }: { schema: StructType; partitionColumns: readonly string[] },
  letter: DeadLetter,
  { route, decoded, transforms, nowMs }: LetterMaking,
): void {
  const { record } = letter;
  const payload = letter.error === poisonClass ? undefined : decoded(record);
  const type = payload?.type;
  const values = deadLetterValues(letter, { route, type });
  const own = payload?.kind === 'record' ? payload.record : undefined;
  const extra: LetterValues = transforms?.valuesOf(letter, own, { route, type, nowMs }) ?? {};
  const misfit = rows.add(inColumns({ ...extra, ...values }, schema), record);
  if (misfit === undefined) return;
  /** What an expression gave has no text as a partition value: the letter is kept without it. */
  if (rows.add(inColumns(values, schema), record) === undefined) return;
  const cut = rows.add(inColumns(withShortTexts(values, partitionColumns), schema), record);
  if (cut !== undefined) throw cut;
}

/** What the letter itself says may be too long to be partitioned by: a message names what it found. */
function withShortTexts(values: LetterValues, partitionColumns: readonly string[]): LetterValues {
  const texts = partitionColumns.flatMap((name) => {
    const value = values[name];
    return typeof value === 'string' ? [[name, value.slice(0, maxValueLength).toWellFormed()] as const] : [];
  });
  return { ...values, ...Object.fromEntries(texts) };
}
