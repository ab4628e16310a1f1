import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest';
import { groupFacts } from './kafka-groups.ts';
import { type Fact, kafkaProbe } from './kafka-probe.ts';
import { producerFacts } from './kafka-producers.ts';
import { recordFacts } from './kafka-records.ts';
import { topicFacts } from './kafka-topics.ts';
import { KafkaWire } from './kafka-wire.ts';

/** Facts that a server lacks, by the case's name, with the reason; each must fail there, so that a mended gap is seen. */
export type KafkaGaps = Readonly<Record<string, string>>;

/**
 * What the pipeline trusts Kafka to do, through kafkajs and by the protocol itself. Runs unchanged against any broker.
 * @param start called once, gives `host:port`; the broker is the caller's to stop
 */
export function kafkaConformance(title: string, start: () => Promise<string>, gaps: KafkaGaps = {}): void {
  describe(title, () => {
    let kafka: Kafka;
    let admin: Admin;
    let wire: KafkaWire;
    let bootstrap: string;
    const fact: Fact = (name, run) => {
      if (name in gaps) it.fails(`${name} (not here: ${gaps[name]})`, run);
      else it(name, run);
    };
    beforeAll(async () => {
      bootstrap = await start();
      kafka = new Kafka({
        brokers: [bootstrap],
        clientId: 'conformance',
        logLevel: logLevel.NOTHING,
        retry: { retries: 8 },
      });
      admin = kafka.admin();
      await admin.connect();
    });
    beforeEach(async () => {
      wire = await KafkaWire.connect(bootstrap);
    });
    afterEach(() => wire?.close());
    afterAll(async () => {
      await admin?.disconnect();
    });

    const probe = kafkaProbe(() => ({ kafka, admin, wire }));
    topicFacts(probe, fact);
    recordFacts(probe, fact);
    producerFacts(probe, fact);
    groupFacts(probe, fact);
  });
}
