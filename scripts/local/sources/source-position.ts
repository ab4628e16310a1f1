/** A record of a source, as far as an audit needs it. */
export interface SourcePosition {
  /** Shard id, or the number of a topic partition. */
  partition: string;
  /** Sequence number (`.` and an index for a record out of a KPL aggregate) or offset. */
  position: string;
  arrivalMs: number;
  key: string | undefined;
  /** No value: what the source's policy for tombstones speaks of. */
  tombstone: boolean;
}

/** Gives `take` every record that a source holds when this begins, a batch at a time, each partition in its order. */
export type ReadSource = (take: (records: SourcePosition[]) => void) => Promise<void>;
