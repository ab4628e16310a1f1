import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type DynamodbServer, startDynamodb } from '../../../../scripts/local/dynamodb/server.ts';
import { dynamodbConformance } from '../../../support/conformance/dynamodb.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-dynamodb-'));
let server: DynamodbServer | undefined;

dynamodbConformance('the local DynamoDB', async () => {
  server = await startDynamodb({ port: 0, root, sweepMs: 100 });
  return { endpoint: server.endpoint, credentials: { accessKeyId: 'any', secretAccessKey: 'any' } };
});

afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});
