import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { bakedSettingsFile, environmentVariables } from '#contract/environment.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { esbuildBundler } from '../../../lib/constructs/function-bundle.ts';
import { startDynamodb } from '../../local/dynamodb/server.ts';
import { startS3 } from '../../local/s3/server.ts';
import { type BenchCase, median } from '../suite.ts';
import { fullEvent } from './events.ts';

const root = join(import.meta.dirname, '../../..');
const rounds = 5;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const region = 'us-east-1';

/**
 * From the start of a process with the ingest function's real bundle to its first acknowledged batch of a few records, over
 * S3 and DynamoDB of this machine: what a cold start adds to the first batch's freshness.
 */
export async function measureFirstBatch(): Promise<BenchCase> {
  const home = mkdtempSync(join(tmpdir(), 'alluvium-first-batch-'));
  const [s3, dynamodb] = await Promise.all([
    startS3({ port: 0, root: join(home, 's3'), log: () => undefined }),
    startDynamodb({ port: 0, root: join(home, 'dynamodb') }),
  ]);
  const objects = new S3Client({ endpoint: s3.endpoint, forcePathStyle: true, region, credentials });
  const items = new DynamoDBClient({ endpoint: dynamodb.endpoint, region, credentials });
  try {
    await objects.send(new CreateBucketCommand({ Bucket: 'lake' }));
    const bundle = join(home, 'bundle');
    esbuildBundler(root)('ingest-kinesis', bundle);
    const settings = settingsSchema.parse({
      sources: { analytics: { kinesis: {}, table: 'events' } },
      tables: { events: {} },
    });
    writeFileSync(join(bundle, bakedSettingsFile), JSON.stringify({ ...settings, environment: 'bench' }));
    const caller = join(home, 'caller.mjs');
    writeFileSync(
      caller,
      `const { handler } = await import(${JSON.stringify(pathToFileURL(join(bundle, 'index.mjs')).href)});
const answer = await handler(JSON.parse(process.env.EVENT));
console.log('acknowledged ' + JSON.stringify(answer));`,
    );
    const timed: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const ledgerTable = `ledger-${round}`;
      await createLedger(items, ledgerTable);
      timed.push(
        await msToFirstAnswer(caller, {
          EVENT: fullEvent('kinesis', 20_000).text,
          AWS_ENDPOINT_URL_S3: s3.endpoint,
          AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
          AWS_REGION: region,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          [environmentVariables.source]: 'analytics',
          [environmentVariables.lakeBucket]: 'lake',
          [environmentVariables.ledgerTable]: ledgerTable,
        }),
      );
    }
    return { name: 'process start to first acknowledged batch', values: { ms: median(timed) } };
  } finally {
    objects.destroy();
    items.destroy();
    await Promise.all([s3.close(), dynamodb.close()]);
    rmSync(home, { recursive: true });
  }
}

async function createLedger(items: DynamoDBClient, name: string): Promise<void> {
  await items.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
}

async function msToFirstAnswer(caller: string, env: Record<string, string>): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [caller], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'acknowledged {"batchItemFailures":[]}') return performance.now() - startedMs;
      if (line.startsWith('acknowledged')) throw new Error(`expected the whole batch to be accepted, got ${line}`);
    }
    throw new Error('expected the function to answer, got its end');
  } finally {
    child.kill();
  }
}
