import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startServerProcess } from '../../../support/killed-server.ts';

const Bucket = 'killed';
const putsBeforeKill = [23, 120, 61];
const root = mkdtempSync(join(tmpdir(), 'alluvium-s3-kill-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const program = `
  import { startS3 } from '../../scripts/local/s3/server.ts';
  console.log((await startS3({ port: 0, root: ${JSON.stringify(root)} })).endpoint);
`;

/** Its bytes tell which object they belong to, and how long it is. */
const bodyOf = (n: number): Buffer => Buffer.alloc(1 + ((n * 7919) % 150_000), `<${n}>`);
const keyOf = (n: number): string => `log/${String(n).padStart(5, '0')}.json`;

it('SIGKILL loses no acknowledged object, and whatever has a name is whole', async () => {
  const etags = new Map<number, string>();
  let next = 0;
  for (const puts of [...putsBeforeKill, 0]) {
    const server = await startServerProcess(program);
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const client = new S3Client({
      endpoint: server.address,
      region: 'us-east-1',
      credentials,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    await client.send(new CreateBucketCommand({ Bucket }));
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    const listed = new Map(Contents.map(({ Key, ETag }) => [Key, ETag]));
    for (const [n, etag] of etags) expect([n, listed.get(keyOf(n))]).toEqual([n, etag]);
    for (const key of listed.keys()) {
      const n = Number(/\d+/.exec(key!)![0]);
      expect(readFileSync(join(root, Bucket, key!)).equals(bodyOf(n))).toBe(true);
    }
    let killed: Promise<void> | undefined;
    const target = etags.size + puts;
    const write = async () => {
      while (killed === undefined && etags.size < target) {
        const n = next++;
        const put = new PutObjectCommand({ Bucket, Key: keyOf(n), Body: bodyOf(n), IfNoneMatch: '*' });
        const done = await client.send(put).catch(() => undefined);
        if (done !== undefined) etags.set(n, done.ETag!);
        if (etags.size >= target) killed ??= server.kill();
      }
    };
    await Promise.all(Array.from({ length: 8 }, write));
    await (killed ?? server.kill());
    client.destroy();
  }
  expect(readdirSync(root).sort()).toEqual(['.s3', Bucket]);
});
