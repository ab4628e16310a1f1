import type { Position } from '../ledger/position.ts';
import type { PlacedPayload } from './payload-memory.ts';

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
  /** Absent for a tombstone. Valid until its batch ends; made anew each time it is asked for where `placed` is there. */
  readonly value: Uint8Array | undefined;
  /** Where the value lies in its batch's memory, if it does. */
  readonly placed?: PlacedPayload | undefined;
  /** Kafka's may have a name alone. */
  readonly headers: readonly { name: string; value: Uint8Array | null }[];
  /** Of a Kafka record. */
  readonly timestampType?: 'CREATE_TIME' | 'LOG_APPEND_TIME' | undefined;
  /** Of a Kinesis record: the name of its stream. */
  readonly stream?: string;
}

export const noHeaders: SourceRecord['headers'] = [];

/** A record's value as a batch's memory has it: lighter than `value`. */
export const payloadOf = (record: SourceRecord): PlacedPayload | Uint8Array | undefined =>
  record.placed ?? record.value;

export const sourcePartitionOf = (record: Pick<SourceRecord, 'source' | 'partition'>): string =>
  `${record.source}/${record.partition}`;
