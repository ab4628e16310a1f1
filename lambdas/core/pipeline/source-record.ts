import type { Position } from './position.ts';

/** One record of a source, as it arrived. */
export interface SourceRecord {
  readonly source: string;
  /** Shard id, or the number of a topic partition. */
  readonly partition: string;
  readonly position: Position;
  /** Arrival at the stream, or the Kafka record's timestamp. */
  readonly timestampMs: number;
  /** Made anew each time it is asked for. */
  readonly key: Uint8Array | undefined;
  /** Absent for a tombstone. Valid until its batch ends. */
  readonly value: Uint8Array | undefined;
  readonly headers: readonly { name: string; value: Uint8Array }[];
  /** Of a Kafka record. */
  readonly timestampType?: 'CREATE_TIME' | 'LOG_APPEND_TIME' | undefined;
  /** Of a Kinesis record: the name of its stream. */
  readonly stream?: string;
}

export const noHeaders: SourceRecord['headers'] = [];

export const sourcePartitionOf = (record: Pick<SourceRecord, 'source' | 'partition'>): string =>
  `${record.source}/${record.partition}`;
