import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type KinesisServer, startKinesis } from '../../../../scripts/local/kinesis/start-kinesis.ts';
import { type KinesisUnderTest, kinesisConformance } from '../../../support/conformance/kinesis.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-kinesis-'));
let server: Promise<KinesisServer> | undefined;

const start = (protocol: KinesisUnderTest['protocol']) => async (): Promise<KinesisUnderTest> => {
  server ??= startKinesis({ port: 0, root });
  const { endpoint } = await server;
  return { endpoint, protocol, credentials: { accessKeyId: 'any', secretAccessKey: 'any' } };
};

kinesisConformance('the local Kinesis over HTTP/2', start('HTTP/2'));
kinesisConformance('the local Kinesis over HTTP/1.1', start('HTTP/1.1'));

afterAll(async () => {
  await (await server)?.close();
  rmSync(root, { recursive: true, force: true });
});
