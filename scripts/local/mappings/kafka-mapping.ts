import type { MappingReport } from '../local-aws.ts';
import type { Condition } from './delivery.ts';
import type { Entry } from './entry.ts';
import { failureObject } from './failure-destination.ts';
import type { HostedMapping, MappingHost } from './hosted-mapping.ts';
import { type KafkaEventContext, type KafkaRecord, kafkaEvent } from './kafka-event.ts';
import type { KafkaMappingSpec } from './mapping-spec.ts';
import { Poller } from './poller.ts';
import type { TopicReader } from './source-reader.ts';
import { TopicLane } from './topic-lane.ts';

/** Reads a topic with one or more pollers; offsets are committed to the mapping's consumer group. */
export class KafkaMapping implements HostedMapping {
  readonly #spec: KafkaMappingSpec;
  readonly #host: MappingHost;
  readonly #context: KafkaEventContext;
  readonly #pollers: { lane: TopicLane; poller: Poller<KafkaRecord> }[];

  constructor(spec: KafkaMappingSpec, reader: TopicReader, host: MappingHost) {
    this.#spec = spec;
    this.#host = host;
    const { topic, consumerGroup, startingPosition, eventSource, clusterArn, pollers, batchSize, windowMs, rules } =
      spec;
    const { bootstrapServers } = reader;
    this.#context = { eventSource, bootstrapServers, ...(clusterArn === undefined ? {} : { clusterArn }) };
    if (startingPosition.type === 'LATEST') this.#settleLatest(reader);
    this.#pollers = Array.from({ length: pollers }, (_, index) => {
      const lane = new TopicLane({
        reader,
        topic,
        consumerGroup,
        startingPosition,
        context: this.#context,
        owns: (partition) => partition % pollers === index,
        giveUp: (entries, condition, invocations) => this.#giveUp(entries, condition, invocations),
      });
      const poller = new Poller(lane, {
        batchSize,
        windowMs,
        rules,
        invoke: (payload) => host.invoke(payload),
        onFailure: (reason) => host.log(`${spec.functionName}: ${topic}: ${reason}`),
      });
      return { lane, poller };
    });
  }

  report(): MappingReport {
    const sum = (what: 'records' | 'batches' | 'failures'): number =>
      this.#pollers.reduce((total, { poller }) => total + poller.counts[what], 0);
    return {
      functionName: this.#spec.functionName,
      kind: 'kafka',
      origin: this.#spec.topic,
      lag: this.#pollers.reduce((total, { lane }) => total + lane.lag(), 0),
      busy: this.#pollers.some(({ poller }) => poller.busy),
      records: sum('records'),
      batches: sum('batches'),
      failures: sum('failures'),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#pollers.map(({ poller }) => poller.stop()));
  }

  /** LATEST is settled once, when the group is new, so that a restart skips nothing. */
  #settleLatest(reader: TopicReader): void {
    const { topic, consumerGroup } = this.#spec;
    const offsets = reader
      .partitions(topic)
      .filter(({ partition }) => reader.committed(consumerGroup, topic, partition) === undefined)
      .map(({ partition, end }) => ({ partition, offset: end }));
    if (offsets.length > 0) reader.commit(consumerGroup, topic, offsets);
  }

  async #giveUp(entries: Entry<KafkaRecord>[], condition: Condition, invocations: number): Promise<void> {
    const { failureBucket, topic, consumerGroup, eventSource, id } = this.#spec;
    this.#host.log(`${this.#spec.functionName}: ${topic}: ${entries.length} records given up: ${condition}`);
    if (failureBucket === undefined) return;
    for (const [partition, members] of Map.groupBy(entries, ({ record }) => record.partition)) {
      const [first, last] = [members[0]!.record, members.at(-1)!.record];
      const { key, body } = failureObject({
        mappingId: id,
        functionArn: this.#host.functionArn,
        condition,
        invocations,
        folder: `${topic}-${partition}`,
        info: {
          KafkaBatchInfo: {
            bootstrapServers: this.#context.bootstrapServers,
            eventSource,
            consumerGroupId: consumerGroup,
            partition: `${topic}-${partition}`,
            firstRecordOffset: first.offset,
            lastRecordOffset: last.offset,
            batchSize: members.length,
            payloadSize: Buffer.byteLength(kafkaEvent(members, this.#context)),
          },
        },
        payload: kafkaEvent(members, this.#context),
        nowMs: Date.now(),
      });
      await this.#host.putObject(failureBucket, key, body);
    }
  }
}
