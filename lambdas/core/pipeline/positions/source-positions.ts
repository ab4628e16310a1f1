import type { Position } from '../ledger/position.ts';

/** What a source keeps of one partition or shard. */
export interface SourceSpan {
  partition: string;
  /** Of the oldest record that is kept, or where the next one will be. Absent: a shard that has no records. */
  earliest?: Position;
  /** Right after the newest record. Absent: a shard that has no records. */
  end?: Position;
}

/** A number of records; `isLeast`: there may be more. */
export interface RecordCount {
  records: number;
  isLeast: boolean;
}

/** Where a source's records are, as the source itself says. */
export interface SourcePositions {
  /** Every partition, those that are closed and still hold records included. */
  spans(): Promise<SourceSpan[]>;
  /** Of the first record that arrived at or after an instant; nothing where none did. */
  at(partition: string, timeMs: number): Promise<Position | undefined>;
  /** Records from one position up to another, that one not included. */
  count(partition: string, from: Position, to: Position): Promise<RecordCount>;
  /**
   * Lets the source's mapping, while it is off, begin at these positions. `unable`: nothing outside of the mapping can.
   */
  place(positions: Readonly<Record<string, Position>>): Promise<'placed' | 'unable'>;
}
