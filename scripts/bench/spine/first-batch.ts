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
const rounds = 7;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const region = 'us-east-1';
const maxEventBytes = 20_000;
/** Beyond the records of the first event. */
const nextIndex = 1_000;

/**
 * From the start of a process with the ingest function's real bundle to its first acknowledged batch of a few records, over
 * S3 and DynamoDB of this machine: what a cold start adds to the first batch's freshness.
 */
export async function measureFirstBatch(): Promise<BenchCase[]> {
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
      `const cpuMs = () => Object.values(process.cpuUsage()).reduce((sum, micros) => sum + micros / 1000, 0);
const nodeCpuMs = cpuMs();
const { handler } = await import(${JSON.stringify(pathToFileURL(join(bundle, 'index.mjs')).href)});
const loadedCpuMs = cpuMs();
const { batchItemFailures } = await handler(JSON.parse(process.env.EVENT));
const answeredCpuMs = cpuMs();
console.log('answered ' + JSON.stringify({
  failures: batchItemFailures.length,
  cpuMs: answeredCpuMs,
  nodeCpuMs,
  loadCpuMs: loadedCpuMs - nodeCpuMs,
  batchCpuMs: answeredCpuMs - loadedCpuMs,
  peakRssMB: process.resourceUsage().maxRSS / 1000,
}));`,
    );
    const [first, next] = [fullEvent('kinesis', maxEventBytes), fullEvent('kinesis', maxEventBytes, nextIndex)];
    const ofNewTable: Parts[] = [];
    const ofKnownTable: Parts[] = [];
    for (let round = 0; round < rounds; round++) {
      const ledgerTable = `ledger-${round}`;
      await createLedger(items, ledgerTable);
      const env = {
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        [environmentVariables.source]: 'analytics',
        [environmentVariables.lakeBucket]: 'lake',
        [environmentVariables.ledgerTable]: ledgerTable,
      };
      ofNewTable.push(await firstAnswer(caller, { ...env, EVENT: first.text }));
      ofKnownTable.push(await firstAnswer(caller, { ...env, EVENT: next.text }));
    }
    return [
      { name: 'process start to first acknowledged batch', values: mediansOf(ofKnownTable) },
      { name: 'the same, of a table without columns yet', values: mediansOf(ofNewTable) },
    ];
  } finally {
    objects.destroy();
    items.destroy();
    await Promise.all([s3.close(), dynamodb.close()]);
    rmSync(home, { recursive: true });
  }
}

function mediansOf(timed: readonly Parts[]): Record<keyof Parts, number> {
  const names = Object.keys(timed[0] as Parts) as (keyof Parts)[];
  const medians = names.map((name) => [name, median(timed.map((parts) => parts[name]))]);
  return Object.fromEntries(medians) as Record<keyof Parts, number>;
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

/** What the time to the first answer is made of, and what the process took. */
interface Parts {
  /** From the start of the process, by the one who started it. */
  ms: number;
  /** Processor time of all threads; of it, Node itself, the bundle, the batch. */
  cpuMs: number;
  nodeCpuMs: number;
  loadCpuMs: number;
  batchCpuMs: number;
  peakRssMB: number;
}

async function firstAnswer(caller: string, env: Record<string, string>): Promise<Parts> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [caller], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('answered ')) continue;
      const ms = performance.now() - startedMs;
      const { failures, ...parts } = JSON.parse(line.slice('answered '.length)) as Omit<Parts, 'ms'> & {
        failures: number;
      };
      if (failures > 0) throw new Error(`expected the whole batch to be accepted, got ${failures} failures`);
      return { ms, ...parts };
    }
    throw new Error('expected the function to answer, got its end');
  } finally {
    child.kill();
  }
}
