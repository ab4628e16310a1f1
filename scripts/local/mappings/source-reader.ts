import type { KafkaRecord } from './kafka-event.ts';
import type { KinesisRecord } from './kinesis-event.ts';

export type ShardStart =
  | { type: 'TRIM_HORIZON' | 'LATEST' }
  | { type: 'AFTER_SEQUENCE_NUMBER'; sequenceNumber: string }
  | { type: 'AT_TIMESTAMP'; timeMs: number };

/** How mappings read streams. */
export interface StreamReader {
  /** Shards with the parents that still exist. */
  shards(stream: string): { shardId: string; parents: string[] }[];
  /** `behind`: records that wait after these. `ended`: the shard is closed and these are its last. */
  readShard(
    stream: string,
    shardId: string,
    from: ShardStart,
    limit: number,
    maxBytes: number,
  ): { records: KinesisRecord[]; behind: number; ended: boolean };
}

/** How mappings read topics. */
export interface TopicReader {
  /** `host:port` of the brokers, as events name them. */
  bootstrapServers: string;
  /** Partitions of a topic with the first offset kept and the next one to be given. */
  partitions(topic: string): { partition: number; start: number; end: number }[];
  /** Records from an offset on, at most `limit` and about `maxBytes`. */
  read(topic: string, partition: number, offset: number, limit: number, maxBytes: number): KafkaRecord[];
  /** The first offset whose timestamp is at or after a time; undefined when there is none. */
  offsetAt(topic: string, partition: number, timeMs: number): number | undefined;
  /** The offset that a group committed: the next to be read. */
  committed(group: string, topic: string, partition: number): number | undefined;
  commit(group: string, topic: string, offsets: { partition: number; offset: number }[]): void;
}
