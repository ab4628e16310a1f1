import { maxPayloadBytes } from '../functions/invocation.ts';
import type { Condition } from './delivery.ts';
import type { Entry, Verdict } from './entry.ts';
import {
  type KinesisEventContext,
  type KinesisRecord,
  kinesisEntry,
  kinesisEnvelopeBytes,
  kinesisEvent,
  kinesisVerdict,
} from './kinesis-event.ts';
import type { Lane } from './poller.ts';
import type { ShardStart, StreamReader } from './source-reader.ts';

export interface ShardLaneOptions {
  reader: StreamReader;
  streamName: string;
  context: KinesisEventContext;
  /** Where reading begins or goes on. */
  from: ShardStart;
  onAcknowledged: (sequenceNumber: string) => void;
  giveUp: (entries: Entry<KinesisRecord>[], condition: Condition, invocations: number) => Promise<void>;
}

/** One shard as a mapping reads it. */
export class ShardLane implements Lane<KinesisRecord> {
  readonly #options: ShardLaneOptions;
  #acknowledged: ShardStart;
  #next: ShardStart;
  #ended = false;

  constructor(options: ShardLaneOptions) {
    this.#options = options;
    this.#acknowledged = options.from;
    this.#next = options.from;
  }

  read(limit: number): Entry<KinesisRecord>[] {
    const { reader, streamName, context } = this.#options;
    const { records, ended } = reader.readShard(streamName, context.shardId, this.#next, limit, maxPayloadBytes);
    this.#ended = ended;
    const last = records.at(-1);
    if (last !== undefined) this.#next = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last.sequenceNumber };
    return records.map((record) => kinesisEntry(record, context));
  }

  ended(): boolean {
    return this.#ended;
  }

  /** Records behind the last acknowledged one. */
  lag(): number {
    const { reader, streamName, context } = this.#options;
    const { records, behind } = reader.readShard(streamName, context.shardId, this.#acknowledged, 1, 1);
    return records.length + behind;
  }

  envelopeBytes(): number {
    return kinesisEnvelopeBytes;
  }

  event(entries: Entry<KinesisRecord>[]): string {
    return kinesisEvent(entries);
  }

  verdict(entries: Entry<KinesisRecord>[], payload: string): Verdict<KinesisRecord> {
    return kinesisVerdict(entries, payload);
  }

  acknowledge(entries: Entry<KinesisRecord>[]): void {
    const { sequenceNumber } = entries.at(-1)!.record;
    this.#acknowledged = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber };
    this.#options.onAcknowledged(sequenceNumber);
  }

  giveUp(entries: Entry<KinesisRecord>[], condition: Condition, invocations: number): Promise<void> {
    return this.#options.giveUp(entries, condition, invocations);
  }

  rewind(): void {
    this.#next = this.#acknowledged;
    this.#ended = false;
  }
}
