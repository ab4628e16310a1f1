import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { within } from '#adapters/aws/clients.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';

test('an answer that stops midway is a failure in time', { timeout: 10_000 }, async () => {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-length': '10' });
    answer.write('12345');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new S3Client({
    ...within(300),
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    await expect(s3ObjectStore(client, 'lake', '').read('x')).rejects.toThrow(/timed out after 300 ms/);
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
});
