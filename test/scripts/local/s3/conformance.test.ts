import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type S3Server, startS3 } from '../../../../scripts/local/s3/server.ts';
import { s3Conformance } from '../../../support/conformance/s3.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-s3-'));
let server: S3Server | undefined;

s3Conformance('the local S3', async () => {
  server = await startS3({ port: 0, root });
  return { endpoint: server.endpoint, credentials: { accessKeyId: 'any', secretAccessKey: 'any' } };
});

afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});
