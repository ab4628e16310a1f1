import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { checksumFacts } from './s3-checksums.ts';
import { conditionalWriteFacts } from './s3-conditional-writes.ts';
import { type LifecycleHarness, lifecycleFacts } from './s3-lifecycle.ts';
import { listFacts } from './s3-lists.ts';
import { objectFacts } from './s3-objects.ts';
import { policyFacts } from './s3-policies.ts';
import { type Fact, s3Probe } from './s3-probe.ts';
import { uploadFacts } from './s3-uploads.ts';

export interface S3UnderTest {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Absent where time cannot be moved. */
  lifecycle?: LifecycleHarness;
}

/** Facts that a server lacks, by the case's name, with the reason; each must fail there, so that a mended gap is seen. */
export type S3Gaps = Readonly<Record<string, string>>;

function s3Client({ endpoint, credentials }: S3UnderTest, extra: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, ...extra });
}

/**
 * What the pipeline trusts S3 to do, through the real SDK. Runs unchanged against any server.
 * @param start called once; the server is the caller's to stop
 */
export function s3Conformance(title: string, start: () => Promise<S3UnderTest>, gaps: S3Gaps = {}): void {
  describe(title, () => {
    const bucket = `conformance-${Date.now().toString(36)}`;
    let client: S3Client;
    let signing: S3Client;
    let lifecycle: LifecycleHarness | undefined;

    const fact: Fact = (name, run) => {
      if (name in gaps) it.fails(`${name} (not here: ${gaps[name]})`, run);
      else it(name, run);
    };
    const probe = s3Probe(
      bucket,
      () => client,
      () => signing,
    );

    beforeAll(async () => {
      const target = await start();
      client = s3Client(target);
      lifecycle = target.lifecycle;
      signing = s3Client(target, { requestChecksumCalculation: 'WHEN_REQUIRED' });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    });
    afterAll(() => {
      client?.destroy();
      signing?.destroy();
    });

    describe('objects', () => objectFacts(probe, fact));
    describe('lists', () => listFacts(probe, fact));
    describe('conditional writes', () => conditionalWriteFacts(probe, fact));
    describe('checksums', () => checksumFacts(probe, fact));
    describe('multipart uploads', () => uploadFacts(probe, fact));
    describe('policies', () => policyFacts(probe, fact));
    describe('lifecycle', () => lifecycleFacts(probe, fact, () => lifecycle));
  });
}
