import type { SourceRecord } from '#pipeline/source-record.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What must become of a record. */
export type Fate = 'row' | 'deadLetter' | 'dropped';

export interface SimulatedRecord extends SourceRecord {
  fate: Fate;
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

/** Appends one record: mostly plain, sometimes with a column never seen, broken, without a value, or with a column that outside writers add too. */
export function appendRecord(line: Line, random: SeededRandom, nowMs: number): void {
  const number = line.records.length + 1;
  const draw = random.next();
  const [text, fate] = ((): [string | undefined, Fate] => {
    if (draw < 0.08) return ['{"id":', 'deadLetter'];
    if (draw < 0.12) return [undefined, 'dropped'];
    if (draw < 0.2) return [`{"id":${number},"extra":"text"}`, 'row'];
    if (draw < 0.4) return [`{"id":${number},"${random.pick(columns)}":1.5}`, 'row'];
    return [`{"id":${number}}`, 'row'];
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
  });
}
