import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KinesisServer, startKinesis } from '../../scripts/local/kinesis/start-kinesis.ts';
import { installPython, python } from './support/python.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-kinesis-'));
let server: KinesisServer;
beforeAll(async () => {
  await installPython();
  server = await startKinesis({ port: 0, root });
});
afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});

it('boto3 creates a stream in the local Kinesis, writes to it and reads it back', async () => {
  const script = join(import.meta.dirname, 'support/kinesis_boto3.py');
  const { stdout } = await promisify(execFile)(python, [script, server.endpoint, 'from-boto3'], { timeout: 60_000 });
  expect(JSON.parse(stdout)).toEqual({ failed: 0, same: true, refusal: 'ResourceNotFoundException' });
  expect(server.shards('from-boto3')).toHaveLength(2);
});
