import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { type Fact, outcome, type S3Probe } from './s3-probe.ts';

/** Whole objects: put, get, head, delete, copy, ranges, conditional reads. */
export function objectFacts({ bucket, client, put, get, text, keys }: S3Probe, fact: Fact): void {
  fact('a put is read back byte for byte, with its type and its own metadata', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
    const { ETag } = await put('plain/bytes', bytes, {
      ContentType: 'application/x-test',
      Metadata: { colour: 'red' },
    });
    const head = await client().send(new HeadObjectCommand({ Bucket: bucket, Key: 'plain/bytes' }));
    expect((await get('plain/bytes')).equals(bytes)).toBe(true);
    expect(head).toMatchObject({
      ETag,
      ContentLength: 70_000,
      ContentType: 'application/x-test',
      Metadata: { colour: 'red' },
    });
    expect(Math.abs(head.LastModified!.getTime() - Date.now())).toBeLessThan(60_000);
  });

  fact('an empty object is an object', async () => {
    await put('plain/empty', Buffer.alloc(0));
    expect((await get('plain/empty')).length).toBe(0);
  });

  fact('a key may hold spaces, plus signs, percent signs and letters of any script', async () => {
    for (const key of ['odd/a b+c', 'odd/x=A%2FA', "odd/'q'&<é>", 'odd/日本語 ✓', 'odd/𐍈']) {
      await put(key, key);
      expect(await text(key)).toBe(key);
    }
    expect((await keys({ Prefix: 'odd/' })).length).toBe(5);
  });

  fact('a stream of unknown checksum travels in aws-chunked framing with a trailer', async () => {
    const parts = [Buffer.alloc(100_000, 1), Buffer.alloc(8192, 2), Buffer.alloc(200_000, 3), Buffer.from('end')];
    const whole = Buffer.concat(parts);
    await put('plain/stream', Readable.from(parts), { ContentLength: whole.length });
    expect((await get('plain/stream')).equals(whole)).toBe(true);
  });

  fact('a chunk of less than 8 KiB before the last is refused', async () => {
    const parts = [Buffer.alloc(9000, 1), Buffer.alloc(7, 2), Buffer.alloc(9000, 3)];
    const end = await outcome(put('plain/small-chunk', Readable.from(parts), { ContentLength: 18_007 }));
    /** A connection that the server closes while the rest is sent may break before its answer is read. */
    const brokenConnection = 'TimeoutError';
    expect(['InvalidChunkSizeError', brokenConnection]).toContain(end === 'ok' ? end : end.name);
    expect(await outcome(get('plain/small-chunk'))).toMatchObject({ status: 404 });
  });

  fact('what is not there is 404: NoSuchKey, NotFound for HEAD, NoSuchBucket', async () => {
    expect(await outcome(get('absent'))).toEqual({ status: 404, name: 'NoSuchKey' });
    const head = new HeadObjectCommand({ Bucket: bucket, Key: 'absent' });
    expect(await outcome(client().send(head))).toEqual({ status: 404, name: 'NotFound' });
    const elsewhere = new GetObjectCommand({ Bucket: `${bucket}-none`, Key: 'absent' });
    expect(await outcome(client().send(elsewhere))).toEqual({ status: 404, name: 'NoSuchBucket' });
  });

  fact('ranges: from, to, suffix, past the end, outside', async () => {
    await put('plain/range', '0123456789');
    expect((await get('plain/range', 'bytes=2-4')).toString()).toBe('234');
    expect((await get('plain/range', 'bytes=7-')).toString()).toBe('789');
    expect((await get('plain/range', 'bytes=-3')).toString()).toBe('789');
    expect((await get('plain/range', 'bytes=8-100')).toString()).toBe('89');
    expect((await get('plain/range', 'bytes=-100')).toString()).toBe('0123456789');
    expect(await outcome(get('plain/range', 'bytes=10-'))).toEqual({ status: 416, name: 'InvalidRange' });
  });

  fact('a range says which bytes of how many it holds', async () => {
    const answer = await client().send(new GetObjectCommand({ Bucket: bucket, Key: 'plain/range', Range: 'bytes=-4' }));
    expect(answer.ContentRange).toBe('bytes 6-9/10');
    expect(answer.$metadata.httpStatusCode).toBe(206);
    await answer.Body!.transformToByteArray();
  });

  fact('a read may be conditional on the ETag', async () => {
    const { ETag } = await put('plain/etag', 'one');
    const at = { Bucket: bucket, Key: 'plain/etag' };
    expect(await outcome(client().send(new GetObjectCommand({ ...at, IfMatch: '"0"' })))).toMatchObject({
      status: 412,
    });
    expect(await outcome(client().send(new GetObjectCommand({ ...at, IfNoneMatch: ETag })))).toMatchObject({
      status: 304,
    });
  });

  fact('deleting is no error when nothing is there, alone and by many', async () => {
    await put('gone/a', 'a');
    await put('gone/b', 'b');
    await client().send(new DeleteObjectCommand({ Bucket: bucket, Key: 'gone/none' }));
    const Objects = ['gone/a', 'gone/b', 'gone/none'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await client().send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key).sort()).toEqual(['gone/a', 'gone/b', 'gone/none']);
    expect(Errors ?? []).toEqual([]);
    expect(await keys({ Prefix: 'gone/' })).toEqual([]);
  });

  fact('a copy has the bytes, the type and the metadata of its source', async () => {
    await put('copy/from a+b', 'copied', { ContentType: 'text/x', Metadata: { m: '1' } });
    const CopySource = `${bucket}/copy/${encodeURIComponent('from a+b')}`;
    await client().send(new CopyObjectCommand({ Bucket: bucket, Key: 'copy/to', CopySource }));
    const head = await client().send(new HeadObjectCommand({ Bucket: bucket, Key: 'copy/to' }));
    expect(head).toMatchObject({ ContentType: 'text/x', Metadata: { m: '1' }, ContentLength: 6 });
    expect(await text('copy/to')).toBe('copied');
  });

  fact('a read sees the write that was answered before it, every time', async () => {
    for (let i = 0; i < 30; i++) {
      await put('plain/latest', `v${i}`);
      expect(await text('plain/latest')).toBe(`v${i}`);
    }
  });
}
