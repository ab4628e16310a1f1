import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { serializeActions } from '#delta/action-json.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { commitPath } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSettings } from '../../../../lib/settings-file.ts';
import { createBucket, createBucketPolicy } from '../../../../scripts/local/host/create-resources.ts';
import { type S3Server, startS3 } from '../../../../scripts/local/s3/server.ts';
import { planHosting } from '../../../../scripts/local/templates/host-plan.ts';
import { sparkWrites } from '../../../simulation/spark-writer.ts';
import { addFile, tableCreation } from '../../../support/actions.ts';
import { memoryCommitEntries } from '../../../support/memory-commit-entries.ts';
import { synthesise } from '../../../support/synthesised.ts';

/* A bucket with the policy of the template: what stops writers that put plainly, and what it leaves alone. */
const folder = mkdtempSync(join(tmpdir(), 'alluvium-protected-log-'));
let server: S3Server;
let client: S3Client;
let stores: Record<'guarded' | 'open', ObjectStore>;

beforeAll(async () => {
  const yaml =
    'sources: { web: { kinesis: {}, table: open } }\ntables: { guarded: { logStore: conditional, protectLog: true }, open: {} }';
  const settings = parseSettings(yaml, { file: 'config/guarded.yaml', environment: 'guarded' });
  const resources = synthesise(settings).resources('storage');
  const { bucketPolicies, buckets } = planHosting([
    {
      name: 'alluvium-guarded-storage',
      region: 'us-east-1',
      account: '000000000000',
      template: { Resources: resources },
      assets: new Map(),
    },
  ]);
  server = await startS3({ port: 0, root: folder, log: () => undefined });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  const [bucket] = buckets.map((each) => ({ ...each, notifications: [] }));
  await createBucket(client, bucket!);
  await createBucketPolicy(client, bucket!, bucketPolicies);
  const storeOf = (table: string) => s3ObjectStore(client, bucket!.name, `tables/${table}`);
  stores = { guarded: storeOf('guarded'), open: storeOf('open') };
}, 60_000);
afterAll(async () => {
  client.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

test('Alluvium commits to a protected log, and its other objects are put as ever', async () => {
  const logStore = conditionalLogStore(stores.guarded);
  expect(await logStore.commit(0, tableCreation(), 'created')).toEqual({ kind: 'committed' });
  expect(await logStore.commit(0, tableCreation(), 'again')).toEqual({ kind: 'conflict' });
  await stores.guarded.put('part-1.parquet', new Uint8Array([1]));
  await stores.guarded.put('_delta_log/_last_checkpoint', new Uint8Array([1]));
  await stores.guarded.put('_delta_log/.tmp/00000000000000000000.json.id', new Uint8Array([1]));
});

test('a version cannot be overwritten, nor written plainly', async () => {
  const before = await stores.guarded.read(commitPath(0));
  const bytes = serializeActions([{ add: addFile('stray') }]);
  const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
  await expect(stores.guarded.put(commitPath(0), bytes)).rejects.toMatchObject(denied);
  await expect(stores.guarded.put(commitPath(1), bytes)).rejects.toMatchObject(denied);
  expect((await stores.guarded.read(commitPath(0)))?.bytes).toEqual(before?.bytes);
});

test("Spark's log store cannot commit there, whatever it believes; in a log without protection it can", async () => {
  const entries = memoryCommitEntries();
  const parts = { entries, tablePath: 's3a://lake/tables/guarded', ids: () => 'id' };
  await sparkWrites({ ...parts, store: stores.guarded }, 1, [{ add: addFile('spark') }]);
  expect(await stores.guarded.head(commitPath(1))).toBeUndefined();
  expect(await conditionalLogStore(stores.guarded).commit(1, [{ add: addFile('a') }], 'a')).toEqual({
    kind: 'committed',
  });

  await sparkWrites({ ...parts, store: stores.open, tablePath: 's3a://lake/tables/open' }, 0, tableCreation());
  expect(await stores.open.head(commitPath(0))).toBeDefined();
});
