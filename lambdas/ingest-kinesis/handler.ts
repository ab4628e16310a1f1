import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { ingestWiring } from '#adapters/aws/ingest-wiring.ts';
import { readKinesisEvent } from '#pipeline/ingest/kinesis-event.ts';
import { sequenceOf } from '#pipeline/ledger/position.ts';

const { source, ingest, logger, measurements } = ingestWiring(import.meta.url);

/** Accepts a batch of a shard; names the first record that is not accepted. Only a death makes Lambda bisect. */
export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const first = event.Records[0]?.kinesis.sequenceNumber;
  try {
    const { firstUnaccepted } = await ingest((payloads) => readKinesisEvent(event, source, payloads));
    return failuresAt([...firstUnaccepted.values()].map(({ position }) => sequenceOf(position)));
  } catch (error) {
    logger.error('batch not accepted', error as Error);
    return failuresAt(first === undefined ? [] : [first]);
  } finally {
    measurements.publish();
  }
}

const failuresAt = (sequenceNumbers: readonly string[]): KinesisStreamBatchResponse => ({
  batchItemFailures: sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier })),
});
