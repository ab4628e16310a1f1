import type { Cursor } from '../ledger/ledger.ts';
import { comparePositions, isPart, isUpTo, type Position, positionAfter, sequenceOf } from '../ledger/position.ts';
import { fingerprintOf } from './fingerprint.ts';
import { HalfAcceptedRecordError, SettingsError, SourceRecreatedError } from './ingest-errors.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';

/** Records of one source partition that an invocation works on, in the order of their positions. */
export interface Intake {
  sourcePartition: string;
  records: readonly SourceRecord[];
  /** Whether other parts of the record that the last one is a part of come after it. */
  endsMidway?: boolean;
}

/** Where a cursor stands once an intake is accepted: at a part of a record only where others are left. */
export function endOf({ records, endsMidway = false }: Intake): Position {
  const { position } = records.at(-1) as SourceRecord;
  return endsMidway ? position : sequenceOf(position);
}

/** Its first records, one at least. */
function cut(intake: Intake, count: number): Intake {
  const { sourcePartition, records } = intake;
  const [last, next] = [records[count - 1], records[count]];
  if (last === undefined || next === undefined) return intake;
  const endsMidway = sequenceOf(last.position) === sequenceOf(next.position);
  return { sourcePartition, records: records.slice(0, count), ...(endsMidway ? { endsMidway } : {}) };
}

/** The records of a batch by source partition, each in order and each position once. */
export function intakesOf(records: readonly SourceRecord[]): Intake[] {
  const groups = new Map<string, SourceRecord[]>();
  let last: SourceRecord | undefined;
  let group: SourceRecord[] = [];
  for (const record of records) {
    if (last === undefined || record.partition !== last.partition || record.source !== last.source) {
      const sourcePartition = sourcePartitionOf(record);
      group = groups.get(sourcePartition) ?? [];
      groups.set(sourcePartition, group);
    }
    group.push(record);
    last = record;
  }
  return [...groups].map(([sourcePartition, own]) => ({ sourcePartition, records: inOrder(own) }));
}

function inOrder(records: readonly SourceRecord[]): readonly SourceRecord[] {
  let last = records[0];
  const isOrdered = records.every((record, index) => {
    const follows = index === 0 || comparePositions((last as SourceRecord).position, record.position) < 0;
    last = record;
    return follows;
  });
  if (isOrdered) return records;
  return records
    .toSorted((left, right) => comparePositions(left.position, right.position))
    .filter((record, index, sorted) => index === 0 || record.position !== sorted[index - 1]?.position);
}

/** The records of an intake from where its source partition begins; those before are nobody's here. */
export function begun(intake: Intake, cursor: Pick<Cursor, 'start'> | undefined): Intake {
  const { records } = intake;
  const start = cursor?.start;
  if (start === undefined) return intake;
  const first = records.findIndex(({ position }) => comparePositions(position, start) >= 0);
  return { ...intake, records: first < 0 ? [] : records.slice(first) };
}

/** The latest position at which reading may begin so that no table lacks what comes after its records; nothing where none has any. */
export function latestStart({ floors, taken = {} }: Pick<Cursor, 'floors' | 'taken'>): Position | undefined {
  const after = Object.values(floors).map(positionAfter);
  const begins = Object.values(taken).flatMap((runs) => runs.map(({ from }) => from));
  return [...after, ...begins].sort(comparePositions)[0];
}

/**
 * A cursor that has neither accepted anything nor been told where to begin does so where the settings say.
 *
 * @throws {SettingsError} where a table has records from before, and would lack those in between.
 */
export function withStart(cursor: Cursor, startingPositions: Readonly<Record<string, Position>>): Cursor {
  if (cursor.position !== undefined || cursor.start !== undefined) return cursor;
  const partition = cursor.sourcePartition.slice(cursor.sourcePartition.indexOf('/') + 1);
  const start = startingPositions[partition];
  if (start === undefined) return cursor;
  const latest = latestStart(cursor);
  if (latest !== undefined && comparePositions(start, latest) > 0) {
    throw new SettingsError(
      `source partition ${cursor.sourcePartition}: expected startingPositions to begin at ${latest} or before, since a table has records up to there, got ${start}: what lies between would be in no table; seek to ${start} if that is meant`,
    );
  }
  return { ...cursor, start };
}

/**
 * Leaves out what the cursor has accepted already: redeliveries.
 *
 * @throws {SourceRecreatedError} where a redelivery is not the record that was accepted at its position.
 * @throws {HalfAcceptedRecordError} where a record of which parts were accepted does not have the others any more.
 */
export function trimmed(intake: Intake, cursor: Cursor | undefined): Intake {
  if (cursor === undefined) return intake;
  const { records } = intake;
  const { position } = cursor;
  const fresh = position === undefined ? 0 : firstAfter(records, position);
  assertSameSource(records.slice(0, fresh), cursor);
  assertSameParts(intake, cursor);
  return { ...intake, records: records.slice(fresh) };
}

/** Records are taken apart as they were when parts of them were accepted: by the source, or by one of its tables. */
function assertSameParts(intake: Intake, { position, floors, taken = {} }: Cursor): void {
  if (position !== undefined && isPart(position)) assertSamePart(intake, position);
  for (const floor of Object.values(floors)) if (isPart(floor)) assertSamePart(intake, floor);
  for (const { from, to } of Object.values(taken).flat()) {
    if (isPart(from) && !from.endsWith('.0')) assertSamePart(intake, from);
    if (isPart(to)) assertSamePart(intake, to);
  }
}

/** `part`: up to it, or from it on, parts of a record were accepted. It is there, unless the intake ends before it. */
function assertSamePart({ sourcePartition, records, endsMidway = false }: Intake, part: Position): void {
  const after = firstAfter(records, part);
  const last = records[after - 1];
  if (last === undefined || last.position === part || sequenceOf(last.position) !== sequenceOf(part)) return;
  if (after === records.length && endsMidway) return;
  const record = sequenceOf(part);
  const found = isPart(last.position) ? `parts up to ${last.position}` : 'a record that is not taken apart';
  throw new HalfAcceptedRecordError(
    `source partition ${sourcePartition}: expected record ${record} to have a part ${part}, since parts of it are accepted as its source's format was, found ${found}; put the format back until the record is behind, or seek: to ${positionAfter(record)} to leave out its other parts, to ${record} with --repeat to have all of it again`,
  );
}

/** Index of the first record beyond a position; that of a record which was accepted as a whole stands for all its parts. */
function firstAfter(records: readonly SourceRecord[], position: Position): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isUpTo((records[middle] as SourceRecord).position, position)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `records`: up to the cursor. */
function assertSameSource(
  records: readonly SourceRecord[],
  { sourcePartition, greatestTimestampMs, batchEnds }: Cursor,
): void {
  for (const { position, timestampMs } of records) {
    if (timestampMs > greatestTimestampMs) {
      throw new SourceRecreatedError(
        `source partition ${sourcePartition}: expected records up to the cursor to be no newer than ${greatestTimestampMs}, got ${timestampMs} at position ${position}`,
      );
    }
  }
  for (const remembered of batchEnds) {
    const record = records[firstAfter(records, remembered.position) - 1];
    if (record?.position !== remembered.position) continue;
    const fingerprint = fingerprintOf(record);
    if (remembered.fingerprint !== fingerprint) {
      throw new SourceRecreatedError(
        `source partition ${sourcePartition}: expected the record with fingerprint ${remembered.fingerprint} at position ${record.position}, got one with ${fingerprint}`,
      );
    }
  }
}

/** How often a record must kill its invocation, alone, before it becomes a dead letter undecoded. */
export const deathsAlone = 3;

/** What one attempt takes of a batch after earlier attempts died. */
export interface Attempt {
  taken: Intake[];
  /** The only record of `taken`, where an attempt died: its deaths are counted from here on, since others may have been the cause. */
  alone: SourceRecord | undefined;
  /** Source partitions that are left for another attempt, and did nothing wrong. */
  spared: string[];
}

/**
 * Attempt n takes 1/2ⁿ of the batch, counting from 0: first everything, then half … at last one record, which after three more
 * deaths is poison. Once an attempt died, one source partition is tried at a time, the most suspect first, so that each one's
 * count is its own; `nowMs` decides between equals, so that none is passed over for ever.
 */
export function attemptOf(
  intakes: readonly Intake[],
  cursors: ReadonlyMap<string, Pick<Cursor, 'attempts'>>,
  nowMs: number,
): Attempt {
  const fresh = intakes.filter(({ records }) => records.length > 0);
  const deathsOf = ({ sourcePartition }: Intake) => Math.max(0, (cursors.get(sourcePartition)?.attempts ?? 1) - 1);
  const deaths = Math.max(0, ...fresh.map(deathsOf));
  if (deaths === 0) return { taken: fresh, alone: undefined, spared: [] };
  const suspects = fresh.filter((intake) => deathsOf(intake) === deaths);
  const suspect = suspects[nowMs % suspects.length] as Intake;
  const taken = cut(suspect, Math.ceil(suspect.records.length / 2 ** deaths));
  return {
    taken: [taken],
    alone: taken.records.length === 1 ? taken.records[0] : undefined,
    spared: fresh.map(({ sourcePartition }) => sourcePartition).filter((other) => other !== suspect.sourcePartition),
  };
}

/** The first `count` records: source partition by source partition, the last one cut short. */
export function firstRecords(intakes: readonly Intake[], count: number): Intake[] {
  let left = count;
  return intakes.flatMap((intake) => {
    if (left <= 0 || intake.records.length === 0) return [];
    const taken = cut(intake, left);
    left -= taken.records.length;
    return [taken];
  });
}

export const recordCount = (intakes: readonly Intake[]): number =>
  intakes.reduce((sum, { records }) => sum + records.length, 0);
