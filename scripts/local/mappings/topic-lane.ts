import { maxPayloadBytes } from '../functions/invocation.ts';
import type { Condition } from './delivery.ts';
import type { Entry, Verdict } from './entry.ts';
import {
  type KafkaEventContext,
  type KafkaRecord,
  kafkaEntry,
  kafkaEnvelopeBytes,
  kafkaEvent,
  kafkaVerdict,
} from './kafka-event.ts';
import type { StartingPosition } from './mapping-spec.ts';
import type { Lane } from './poller.ts';
import type { TopicReader } from './source-reader.ts';

export interface TopicLaneOptions {
  reader: TopicReader;
  topic: string;
  consumerGroup: string;
  startingPosition: StartingPosition;
  context: KafkaEventContext;
  /** Whether this lane reads a partition. */
  owns: (partition: number) => boolean;
  giveUp: (entries: Entry<KafkaRecord>[], condition: Condition, invocations: number) => Promise<void>;
}

/** Some partitions of a topic as one poller reads them; its batches mix them. */
export class TopicLane implements Lane<KafkaRecord> {
  readonly #options: TopicLaneOptions;
  /** Next offset to read, by partition. */
  readonly #next = new Map<number, number>();
  #turn = 0;

  constructor(options: TopicLaneOptions) {
    this.#options = options;
  }

  /** Starts with another partition each time, so that none has to wait for the others' backlog. */
  read(limit: number): Entry<KafkaRecord>[] {
    const { reader, topic } = this.#options;
    const partitions = this.#partitions();
    const entries: Entry<KafkaRecord>[] = [];
    let bytes = 0;
    this.#turn++;
    for (let place = 0; place < partitions.length && entries.length < limit && bytes < maxPayloadBytes; place++) {
      const { partition, start, end } = partitions[(place + this.#turn) % partitions.length]!;
      const offset = Math.max(start, this.#nextOffset(partition, start, end));
      if (offset >= end) continue;
      const records = reader.read(topic, partition, offset, limit - entries.length, maxPayloadBytes - bytes);
      for (const record of records) {
        const entry = kafkaEntry(record);
        bytes += entry.bytes;
        entries.push(entry);
        this.#next.set(partition, record.offset + 1);
      }
    }
    return entries;
  }

  ended(): boolean {
    return false;
  }

  lag(): number {
    const { reader, consumerGroup, topic } = this.#options;
    return this.#partitions().reduce((sum, { partition, start, end }) => {
      const committed = reader.committed(consumerGroup, topic, partition) ?? this.#firstOffset(partition, start, end);
      return sum + Math.max(0, end - Math.max(start, committed));
    }, 0);
  }

  envelopeBytes(): number {
    return kafkaEnvelopeBytes(this.#options.context, this.#options.topic, this.#partitions().length);
  }

  event(entries: Entry<KafkaRecord>[]): string {
    return kafkaEvent(entries, this.#options.context);
  }

  verdict(entries: Entry<KafkaRecord>[], payload: string): Verdict<KafkaRecord> {
    return kafkaVerdict(entries, payload);
  }

  acknowledge(entries: Entry<KafkaRecord>[]): void {
    const { reader, consumerGroup, topic } = this.#options;
    const next = new Map<number, number>();
    for (const { record } of entries) next.set(record.partition, record.offset + 1);
    const offsets = [...next].map(([partition, offset]) => ({ partition, offset }));
    reader.commit(consumerGroup, topic, offsets);
  }

  giveUp(entries: Entry<KafkaRecord>[], condition: Condition, invocations: number): Promise<void> {
    return this.#options.giveUp(entries, condition, invocations);
  }

  rewind(): void {
    this.#next.clear();
  }

  #partitions() {
    const { reader, topic, owns } = this.#options;
    return reader.partitions(topic).filter(({ partition }) => owns(partition));
  }

  #nextOffset(partition: number, start: number, end: number): number {
    const known = this.#next.get(partition);
    if (known !== undefined) return known;
    const { reader, consumerGroup, topic } = this.#options;
    const offset = reader.committed(consumerGroup, topic, partition) ?? this.#firstOffset(partition, start, end);
    this.#next.set(partition, offset);
    return offset;
  }

  #firstOffset(partition: number, start: number, end: number): number {
    const { reader, topic, startingPosition } = this.#options;
    switch (startingPosition.type) {
      case 'TRIM_HORIZON':
        return start;
      case 'LATEST':
        return end;
      case 'AT_TIMESTAMP':
        return reader.offsetAt(topic, partition, startingPosition.timeMs) ?? end;
    }
  }
}
