import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Fact, kinesisProbe } from './kinesis-probe.ts';
import { putFacts } from './kinesis-put.ts';
import { readFacts } from './kinesis-read.ts';
import { shardFacts } from './kinesis-shards.ts';
import { streamFacts } from './kinesis-streams.ts';

export interface KinesisUnderTest {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** The SDK's own handler speaks HTTP/2. */
  protocol: 'HTTP/1.1' | 'HTTP/2';
}

/** Facts that a server lacks, by the case's name, with the reason; each must fail there, so that a mended gap is seen. */
export type KinesisGaps = Readonly<Record<string, string>>;

export function kinesisClient({ endpoint, credentials, protocol }: KinesisUnderTest): KinesisClient {
  const handler = protocol === 'HTTP/1.1' ? { requestHandler: new NodeHttpHandler() } : {};
  return new KinesisClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1, ...handler });
}

/**
 * What the pipeline trusts Kinesis to do, through the real SDK. Runs unchanged against any server.
 * @param start called once; the server is the caller's to stop
 */
export function kinesisConformance(
  title: string,
  start: () => Promise<KinesisUnderTest>,
  gaps: KinesisGaps = {},
): void {
  describe(title, () => {
    let client: KinesisClient;
    const fact: Fact = (name, run) => {
      if (name in gaps) it.fails(`${name} (not here: ${gaps[name]})`, run);
      else it(name, run);
    };
    beforeAll(async () => {
      client = kinesisClient(await start());
    });
    afterAll(() => client?.destroy());

    const probe = kinesisProbe(() => client);
    streamFacts(probe, fact);
    putFacts(probe, fact);
    readFacts(probe, fact);
    shardFacts(probe, fact);
  });
}
