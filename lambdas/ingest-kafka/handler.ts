import { ingestWiring } from '#adapters/aws/ingest-wiring.ts';
import { type KafkaEvent, readKafkaEvent } from '#pipeline/ingest/kafka-event.ts';
import { sequenceOf } from '#pipeline/ledger/position.ts';

const { source, sourceSettings, ingest, logger, measurements } = ingestWiring(import.meta.url);
const { origin } = sourceSettings;
if (origin.kind !== 'kafka')
  throw new Error(`source ${source}: expected a Kafka topic in the settings, got ${origin.kind}`);
const { topic } = origin;
/** Pollers on demand take whatever a function answers for success: they deliver a batch again, as a whole, where it fails. */
const hasPartialResponses = origin.pollers !== 'onDemand';

/** Lambda's partial response for Kafka: from each partition named, delivery starts again at the offset. */
export interface KafkaBatchResponse {
  batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[];
}

/** Accepts a batch of a topic; names the first offset of each partition that is not accepted, or fails where nobody would read that. */
export async function handler(event: KafkaEvent): Promise<KafkaBatchResponse> {
  const firstOffsets = firstOffsetsOf(event);
  try {
    const { firstUnaccepted } = await ingest((payloads) => readKafkaEvent(event, source, topic, payloads));
    const response = failuresAt(
      [...firstUnaccepted.values()].map(({ partition, position }) => [partition, Number(sequenceOf(position))]),
    );
    if (firstUnaccepted.size > 0 && !hasPartialResponses) {
      throw new Error(`expected all of the batch to be accepted, left ${JSON.stringify(response.batchItemFailures)}`);
    }
    return response;
  } catch (error) {
    logger.error('batch not accepted', error as Error);
    if (!hasPartialResponses) throw error;
    return failuresAt(firstOffsets);
  } finally {
    measurements.publish();
  }
}

type PartitionOffset = [partition: string, offset: number];

const firstOffsetsOf = ({ records }: KafkaEvent): PartitionOffset[] =>
  Object.values(records)
    .filter((own) => own.length > 0)
    .map((own) => [
      String(own[0]?.partition),
      own.reduce((first, { offset }) => Math.min(first, offset), Number.POSITIVE_INFINITY),
    ]);

const failuresAt = (offsets: readonly PartitionOffset[]): KafkaBatchResponse => ({
  batchItemFailures: offsets.map(([partition, offset]) => ({
    itemIdentifier: { partition: `${topic}-${partition}`, offset },
  })),
});
