import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
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

/** Appends one record: mostly plain, sometimes with a column never seen, broken, without a value, or with a column that outside writers add too, maybe with another type. */
export function appendRecord(line: Line, random: SeededRandom, { nowMs, numbersInExtra, routed }: Production): void {
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
    position: String(number * 3),
    timestampMs: nowMs,
    key: undefined,
    value: text === undefined ? undefined : utf8.encode(text),
    headers: [],
    fate,
    table: `events${suffix}`,
  });
}
