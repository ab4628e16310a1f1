import type { Position } from './position.ts';

/** One record of a source, as it arrived. */
export interface SourceRecord {
  source: string;
  /** Shard id, or the number of a topic partition. */
  partition: string;
  position: Position;
  /** Arrival at the stream, or the Kafka record's timestamp. */
  timestampMs: number;
  key: Uint8Array | undefined;
  /** Absent for a tombstone. */
  value: Uint8Array | undefined;
  headers: readonly { name: string; value: Uint8Array }[];
}

export const sourcePartitionOf = (record: Pick<SourceRecord, 'source' | 'partition'>): string =>
  `${record.source}/${record.partition}`;
