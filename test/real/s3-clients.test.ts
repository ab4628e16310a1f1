import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type S3Server, startS3 } from '../../scripts/local/s3/server.ts';
import { installPython, python } from './support/python.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-s3-clients-'));
let server: S3Server;

beforeAll(async () => {
  await installPython();
  server = await startS3({ port: 0, root });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

it('boto3 and the object store of deltalake work with the local S3', async () => {
  const script = join(import.meta.dirname, 'support/s3_clients.py');
  const { stdout } = await promisify(execFile)(python, [script, server.endpoint]);
  expect(JSON.parse(stdout)).toEqual({
    boto: { small: 'small', large: true, keys: ['boto/a b+c/é', 'boto/large'] },
    delta: { version: 12, ids: Array.from({ length: 12 }, (_, id) => id) },
  });
});
