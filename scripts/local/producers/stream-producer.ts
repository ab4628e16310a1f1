import { setTimeout as sleep } from 'node:timers/promises';
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { Sample } from '../samples/sample.ts';
import type { Producer } from './producer.ts';

const firstPauseMs = 50;
const maxAttempts = 10;

/** Puts samples into a Kinesis stream, each under its key; those that Kinesis refused are put again. */
export function streamProducer(client: KinesisClient, streamName: string): Producer {
  const put = async (samples: readonly Sample[]): Promise<Sample[]> => {
    const { Records = [] } = await client.send(
      new PutRecordsCommand({
        StreamName: streamName,
        Records: samples.map(({ key, value }) => ({ PartitionKey: key, Data: bytesOf(value) })),
      }),
    );
    return samples.filter((_, index) => Records[index]?.ErrorCode !== undefined);
  };
  return {
    limits: { records: 500, bytes: 4 * 1024 * 1024 },
    async send(samples) {
      let refused = await put(samples);
      for (let attempt = 1; refused.length > 0; attempt++) {
        if (attempt === maxAttempts) {
          throw new Error(`${streamName}: ${refused.length} records still refused at attempt ${attempt}`);
        }
        await sleep(firstPauseMs * 2 ** attempt);
        refused = await put(refused);
      }
    },
    async close() {},
  };
}

const bytesOf = (value: Sample['value']): Buffer =>
  typeof value === 'string' ? Buffer.from(value) : (value ?? Buffer.alloc(0));
