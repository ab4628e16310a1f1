import { ingestWiring } from '#adapters/aws/ingest-wiring.ts';
import { type KafkaEvent, readKafkaEvent } from '#pipeline/ingest/kafka-event.ts';
import { sequenceOf } from '#pipeline/ledger/position.ts';

const { source, sourceSettings, ingest, logger, measurements } = ingestWiring(import.meta.url);
const { origin } = sourceSettings;
if (origin.kind !== 'kafka')
  throw new Error(`source ${source}: expected a Kafka topic in the settings, got ${origin.kind}`);
const { topic } = origin;

/** Lambda's partial response for Kafka: from each partition named, delivery starts again at the offset. */
export interface KafkaBatchResponse {
  batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[];
}

/** Accepts a batch of a topic; names the first offset of each partition that is not accepted. */
export async function handler(event: KafkaEvent): Promise<KafkaBatchResponse> {
  try {
    const { firstUnaccepted } = await ingest((payloads) => readKafkaEvent(event, source, topic, payloads));
    return failuresAt(
      [...firstUnaccepted.values()].map(({ partition, position }) => [partition, Number(sequenceOf(position))]),
    );
  } catch (error) {
    logger.error('batch not accepted', error as Error);
    const partitions = Object.values(event.records).filter((records) => records.length > 0);
    return failuresAt(
      partitions.map((records) => [
        String(records[0]?.partition),
        records.reduce((first, { offset }) => Math.min(first, offset), Number.POSITIVE_INFINITY),
      ]),
    );
  } finally {
    measurements.publish();
  }
}

const failuresAt = (offsets: readonly [partition: string, offset: number][]): KafkaBatchResponse => ({
  batchItemFailures: offsets.map(([partition, offset]) => ({
    itemIdentifier: { partition: `${topic}-${partition}`, offset },
  })),
});
