import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import { sequenceOf } from '#pipeline/ledger/position.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What must become of a record. */
export type Fate = 'row' | 'deadLetter' | 'rowOrDeadLetter' | 'dropped';

export interface SimulatedRecord extends SourceRecord {
  fate: Fate;
  /** The table that it is for. */
  table: string;
}

/** What the routes of sources give tables beside `events`; each route may make two. */
export const suffixes: Readonly<Record<string, readonly string[]>> = {
  web: ['_a', '_b', '_c'],
  app: ['_d', '_e', '_f'],
};
export const mostMadeTables = 2;

export interface Production {
  nowMs: number;
  numbersInExtra: boolean;
  /** Whether some records are for other tables. */
  routed: boolean;
  /** Whether records of the source may hold several. */
  parted: boolean;
}

/** A shard or topic partition of the simulated sources. */
export interface Line {
  source: string;
  partition: string;
  records: SimulatedRecord[];
  /** Records that the mapping has acknowledged. */
  acknowledged: number;
  closed: boolean;
}

const utf8 = new TextEncoder();
const columns = ['price', 'size', 'note'];

const decoder = new TextDecoder();

/** Whether a record has a number in the column that outside writers may make one of text. */
export const hasNumberInExtra = ({ value }: SourceRecord): boolean =>
  value !== undefined && decoder.decode(value).includes('"extra":1');

/** How many records the records of a source hold, in turn. */
const partCounts = [1, 3, 2, 1, 5];

/** The place of the first record out of the one that a place is in. */
export function wholeFrom({ records }: Line, place: number): number {
  const sequenceAt = (index: number) => sequenceOf(records[index]!.position);
  let first = place;
  while (first > 0 && first < records.length && sequenceAt(first - 1) === sequenceAt(first)) first--;
  return first;
}

/** The place after the last record out of the one that the place before it is in. */
export function wholeTo({ records }: Line, place: number): number {
  const sequenceAt = (index: number) => sequenceOf(records[index]!.position);
  let end = place;
  while (end > 0 && end < records.length && sequenceAt(end - 1) === sequenceAt(end)) end++;
  return end;
}

/** Appends what one record of the source holds, and answers it. */
export function appendRecords(line: Line, random: SeededRandom, production: Production): SimulatedRecord[] {
  const last = line.records.at(-1);
  const sequence = last === undefined ? 3 : Number(sequenceOf(last.position)) + 3;
  const count = production.parted ? (partCounts[(sequence / 3) % partCounts.length] as number) : 1;
  for (let part = 0; part < count; part++) {
    appendRecord(line, random, { ...production, position: count === 1 ? `${sequence}` : `${sequence}.${part}` });
  }
  return line.records.slice(-count);
}

/**
 * Appends one record: mostly plain, sometimes with a column never seen, broken, without a value, or with a column that outside
 * writers add too, maybe with another type.
 */
function appendRecord(
  line: Line,
  random: SeededRandom,
  { nowMs, numbersInExtra, routed, position }: Production & { position: string },
): void {
  const number = line.records.length + 1;
  const draw = random.next();
  const suffix = routed && random.chance(0.5) ? random.pick(suffixes[line.source]!) : '';
  const id = suffix === '' ? `"id":${number}` : `"id":${number},"type":"${suffix}"`;
  /** Its table may be one too many. */
  const rowFate = suffix === '' ? 'row' : 'rowOrDeadLetter';
  const [text, fate] = ((): [string | undefined, Fate] => {
    if (draw < 0.08) return ['{"id":', 'deadLetter'];
    if (draw < 0.12) return [undefined, 'dropped'];
    if (numbersInExtra && number > 3 && draw < 0.35) return [`{${id},"extra":1.5}`, 'rowOrDeadLetter'];
    if (!numbersInExtra && draw < 0.2) return [`{${id},"extra":"text"}`, rowFate];
    if (draw < 0.4) return [`{${id},"${random.pick(columns)}":1.5}`, rowFate];
    return [`{${id}}`, rowFate];
  })();
  line.records.push({
    source: line.source,
    partition: line.partition,
    position,
    timestampMs: nowMs,
    key: undefined,
    value: text === undefined ? undefined : utf8.encode(text),
    headers: [],
    fate,
    table: `events${suffix}`,
  });
}
