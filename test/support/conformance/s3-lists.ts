import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect } from 'vitest';
import type { Fact, S3Probe } from './s3-probe.ts';

/** ListObjectsV2: order, prefixes, delimiters, pages. */
export function listFacts({ bucket, client, put, listPage, keys }: S3Probe, fact: Fact): void {
  // In UTF-8 order U+FFFD (EF BF BD) comes before U+10348 (F0 …); in UTF-16 order it would come after.
  const ordered = [
    'l/-',
    'l/a',
    'l/a-b',
    'l/a-b/c',
    'l/a.b',
    'l/b/1',
    'l/b/2',
    'l/b0',
    'l/é',
    'l/\u{fffd}',
    'l/\u{10348}',
  ];
  const storable = ordered.filter((key) => key !== 'l/a-b');

  beforeAll(async () => {
    await Promise.all(storable.map((key) => put(key, key)));
  });

  fact('keys come in the order of their UTF-8 bytes, folders in their place among files', async () => {
    expect(await keys({ Prefix: 'l/' })).toEqual(storable);
  });

  fact('StartAfter begins behind a key, present or not', async () => {
    expect(await keys({ Prefix: 'l/', StartAfter: 'l/a.b' })).toEqual(storable.slice(storable.indexOf('l/b/1')));
    expect(await keys({ Prefix: 'l/', StartAfter: 'l/b/15' })).toEqual(storable.slice(storable.indexOf('l/b/2')));
    expect(await keys({ Prefix: 'l/b/', StartAfter: 'l/b/2' })).toEqual([]);
  });

  fact('pages continue by token until the end, none lost, none twice', async () => {
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await listPage({ Prefix: 'l/', MaxKeys: 3, ContinuationToken });
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(seen).toEqual(storable);
  });

  fact('a delimiter folds keys into common prefixes, over pages as well', async () => {
    const page = await listPage({ Prefix: 'l/', Delimiter: '/' });
    expect(page.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['l/a-b/', 'l/b/']);
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(storable.filter((key) => key.split('/').length === 2));
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const next = await listPage({ Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ContinuationToken });
      seen.push(...(next.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
      ContinuationToken = next.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(seen).toEqual(['l/a-b/', 'l/b/']);
  });

  fact('a list tells size, ETag and time, as HEAD does', async () => {
    const [listed] = (await listPage({ Prefix: 'l/b0' })).Contents ?? [];
    const head = await client().send(new HeadObjectCommand({ Bucket: bucket, Key: 'l/b0' }));
    expect(listed).toMatchObject({ Size: 4, ETag: head.ETag });
    expect(Math.floor(listed!.LastModified!.getTime() / 1000)).toBe(head.LastModified!.getTime() / 1000);
  });

  fact('more than a thousand keys take several pages', async () => {
    const many = Array.from({ length: 1005 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
    for (let i = 0; i < many.length; i += 50)
      await Promise.all(many.slice(i, i + 50).map((key) => put(key, Buffer.alloc(0))));
    const first = await listPage({ Prefix: 'many/' });
    expect(first).toMatchObject({ KeyCount: 1000, IsTruncated: true });
    const rest = await keys({ Prefix: 'many/', ContinuationToken: first.NextContinuationToken });
    expect(rest).toEqual(many.slice(1000));
  });
}
