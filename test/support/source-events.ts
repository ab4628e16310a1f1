import type { KafkaOrigin, KinesisOrigin } from '#contract/source-settings.ts';
import { kafkaEntry, kafkaEvent } from '../../scripts/local/mappings/kafka-event.ts';
import { kinesisEntry, kinesisEvent } from '../../scripts/local/mappings/kinesis-event.ts';

/** A record as a producer sends it. Text and bytes go as they are, null is a tombstone, anything else goes as JSON. */
export interface PushedRecord {
  value: unknown;
  key?: string | Uint8Array | null;
  headers?: Record<string, string | Uint8Array | null>;
  timestampMs?: number;
  /** Kafka partition, or the number of a shard; 0 without it. */
  partition?: number;
  /** Kafka offset, or the Kinesis sequence number; the next one without it. */
  position?: number;
}

const bytesOf = (value: unknown): Buffer | null => {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
};

/** Where each partition of each source ends. */
export class SourceLines {
  readonly #ends = new Map<string, number>();

  /** The text of the event that Lambda would be invoked with for these records, in one batch. */
  event(source: string, origin: KafkaOrigin | KinesisOrigin, records: readonly PushedRecord[], nowMs: number): string {
    switch (origin.kind) {
      case 'kafka':
        return kafkaEvent(
          records.map((record) =>
            kafkaEntry({
              topic: origin.topic,
              partition: record.partition ?? 0,
              offset: this.#take(source, record),
              timestampMs: record.timestampMs ?? nowMs,
              timestampType: 'CREATE_TIME',
              key: bytesOf(record.key ?? null),
              value: bytesOf(record.value),
              headers: Object.entries(record.headers ?? {}).map(([name, value]) => ({ name, value: bytesOf(value) })),
            }),
          ),
          { eventSource: 'SelfManagedKafka', bootstrapServers: '127.0.0.1:9092' },
        );
      case 'kinesis':
        return kinesisEvent(
          records.map((record) =>
            kinesisEntry(
              {
                partitionKey: Buffer.from(bytesOf(record.key ?? '0') ?? []).toString(),
                sequenceNumber: String(this.#take(source, record)),
                data: bytesOf(record.value) ?? Buffer.alloc(0),
                arrivalMs: record.timestampMs ?? nowMs,
              },
              {
                shardId: `shardId-${String(record.partition ?? 0).padStart(12, '0')}`,
                streamArn: origin.streamArn ?? `arn:aws:kinesis:us-east-1:123456789012:stream/${source}`,
                region: 'us-east-1',
                roleArn: 'arn:aws:iam::123456789012:role/ingest',
              },
            ),
          ),
        );
    }
  }

  #take(source: string, { partition = 0, position }: PushedRecord): number {
    const line = `${source}/${partition}`;
    const taken = position ?? this.#ends.get(line) ?? 0;
    this.#ends.set(line, taken + 1);
    return taken;
  }
}
