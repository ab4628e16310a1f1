import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface S3UnderTest {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Facts that a server lacks, by the case's name, with the reason; each must fail there, so that a mended gap is seen. */
export type S3Gaps = Readonly<Record<string, string>>;

interface Refusal {
  status: number | undefined;
  name: string;
}

/** How a call ended: `ok`, or the status and name of its error. */
async function outcome(call: Promise<unknown>): Promise<'ok' | Refusal> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const { $metadata, name } = error as { $metadata?: { httpStatusCode?: number }; name: string };
    return { status: $metadata?.httpStatusCode, name };
  }
}

function s3Client({ endpoint, credentials }: S3UnderTest, extra: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, ...extra });
}

/**
 * What the pipeline trusts S3 to do, through the real SDK. Runs unchanged against any server.
 * @param start called once; the server is the caller's to stop
 */
export function s3Conformance(title: string, start: () => Promise<S3UnderTest>, gaps: S3Gaps = {}): void {
  describe(title, () => {
    const bucket = `conformance-${Date.now().toString(36)}`;
    let client: S3Client;
    let signing: S3Client;

    const fact = (name: string, run: () => Promise<void>) =>
      name in gaps ? it.fails(`${name} (not here: ${gaps[name]})`, run) : it(name, run);
    const put = (
      key: string,
      body: NonNullable<PutObjectCommandInput['Body']>,
      extra: Partial<PutObjectCommandInput> = {},
    ) => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...extra }));
    const get = async (key: string, range?: string): Promise<Buffer> => {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, ...(range && { Range: range }) }),
      );
      return Buffer.from(await Body!.transformToByteArray());
    };
    const signedPut = (key: string, extra: Partial<PutObjectCommandInput>): Promise<string> =>
      getSignedUrl(signing, new PutObjectCommand({ Bucket: bucket, Key: key, ...extra }));
    const text = async (key: string): Promise<string> => (await get(key)).toString();
    const listPage = (input: Partial<ListObjectsV2CommandInput>) =>
      client.send(new ListObjectsV2Command({ Bucket: bucket, ...input }));
    const keys = async (input: Partial<ListObjectsV2CommandInput>) =>
      ((await listPage(input)).Contents ?? []).map(({ Key }) => Key);
    const upload = async (key: string, parts: Buffer[]) => {
      const at = { Bucket: bucket, Key: key };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
      const sent: { PartNumber: number; ETag: string | undefined }[] = [];
      for (const [index, Body] of parts.entries()) {
        const part = { ...at, UploadId, PartNumber: index + 1, Body };
        sent.push({ PartNumber: index + 1, ETag: (await client.send(new UploadPartCommand(part))).ETag });
      }
      return { ...at, UploadId, MultipartUpload: { Parts: sent } };
    };

    beforeAll(async () => {
      const target = await start();
      client = s3Client(target);
      signing = s3Client(target, { requestChecksumCalculation: 'WHEN_REQUIRED' });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    });
    afterAll(() => {
      client?.destroy();
      signing?.destroy();
    });

    describe('objects', () => {
      fact('a put is read back byte for byte, with its type and its own metadata', async () => {
        const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) % 256));
        const { ETag } = await put('plain/bytes', bytes, {
          ContentType: 'application/x-test',
          Metadata: { colour: 'red' },
        });
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'plain/bytes' }));
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
        expect(end).toMatchObject({ name: 'InvalidChunkSizeError' });
        expect(await outcome(get('plain/small-chunk'))).toMatchObject({ status: 404 });
      });

      fact('what is not there is 404: NoSuchKey, NotFound for HEAD, NoSuchBucket', async () => {
        expect(await outcome(get('absent'))).toEqual({ status: 404, name: 'NoSuchKey' });
        const head = new HeadObjectCommand({ Bucket: bucket, Key: 'absent' });
        expect(await outcome(client.send(head))).toEqual({ status: 404, name: 'NotFound' });
        const elsewhere = new GetObjectCommand({ Bucket: `${bucket}-none`, Key: 'absent' });
        expect(await outcome(client.send(elsewhere))).toEqual({ status: 404, name: 'NoSuchBucket' });
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
        const answer = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: 'plain/range', Range: 'bytes=-4' }),
        );
        expect(answer.ContentRange).toBe('bytes 6-9/10');
        expect(answer.$metadata.httpStatusCode).toBe(206);
        await answer.Body!.transformToByteArray();
      });

      fact('a read may be conditional on the ETag', async () => {
        const { ETag } = await put('plain/etag', 'one');
        const at = { Bucket: bucket, Key: 'plain/etag' };
        expect(await outcome(client.send(new GetObjectCommand({ ...at, IfMatch: '"0"' })))).toMatchObject({
          status: 412,
        });
        expect(await outcome(client.send(new GetObjectCommand({ ...at, IfNoneMatch: ETag })))).toMatchObject({
          status: 304,
        });
      });

      fact('deleting is no error when nothing is there, alone and by many', async () => {
        await put('gone/a', 'a');
        await put('gone/b', 'b');
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'gone/none' }));
        const Objects = ['gone/a', 'gone/b', 'gone/none'].map((Key) => ({ Key }));
        const { Deleted, Errors } = await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }),
        );
        expect(Deleted?.map(({ Key }) => Key).sort()).toEqual(['gone/a', 'gone/b', 'gone/none']);
        expect(Errors ?? []).toEqual([]);
        expect(await keys({ Prefix: 'gone/' })).toEqual([]);
      });

      fact('a copy has the bytes, the type and the metadata of its source', async () => {
        await put('copy/from a+b', 'copied', { ContentType: 'text/x', Metadata: { m: '1' } });
        const CopySource = `${bucket}/copy/${encodeURIComponent('from a+b')}`;
        await client.send(new CopyObjectCommand({ Bucket: bucket, Key: 'copy/to', CopySource }));
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'copy/to' }));
        expect(head).toMatchObject({ ContentType: 'text/x', Metadata: { m: '1' }, ContentLength: 6 });
        expect(await text('copy/to')).toBe('copied');
      });

      fact('a read sees the write that was answered before it, every time', async () => {
        for (let i = 0; i < 30; i++) {
          await put('plain/latest', `v${i}`);
          expect(await text('plain/latest')).toBe(`v${i}`);
        }
      });
    });

    describe('lists', () => {
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
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'l/b0' }));
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
    });

    describe('conditional writes', () => {
      fact(
        'PutObject If-None-Match: the first creates, the second is 412 PreconditionFailed and changes nothing',
        async () => {
          expect(await outcome(put('if/none', 'one', { IfNoneMatch: '*' }))).toBe('ok');
          const again = await outcome(put('if/none', 'two', { IfNoneMatch: '*' }));
          expect(again).toEqual({ status: 412, name: 'PreconditionFailed' });
          expect(await text('if/none')).toBe('one');
        },
      );

      fact('PutObject If-None-Match: of racing writers exactly one wins, and its bytes are the object', async () => {
        for (let round = 0; round < 20; round++) {
          const bodies = Array.from({ length: 16 }, (_, i) => Buffer.alloc(20_000 + i * 1000, 65 + i));
          const ends = await Promise.all(
            bodies.map((body) => outcome(put(`race/${round}`, body, { IfNoneMatch: '*' }))),
          );
          const winners = bodies.filter((_, i) => ends[i] === 'ok');
          expect(winners.length).toBe(1);
          for (const end of ends) if (end !== 'ok') expect([409, 412]).toContain(end.status);
          expect((await get(`race/${round}`)).equals(winners[0]!)).toBe(true);
        }
      });

      fact('PutObject If-None-Match after a delete creates again', async () => {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'if/none' }));
        expect(await outcome(put('if/none', 'three', { IfNoneMatch: '*' }))).toBe('ok');
      });

      fact('PutObject If-Match: the right ETag writes, a stale one is 412', async () => {
        const { ETag } = await put('if/match', '1');
        expect(await outcome(put('if/match', '2', { IfMatch: ETag }))).toBe('ok');
        expect(await outcome(put('if/match', '3', { IfMatch: ETag }))).toEqual({
          status: 412,
          name: 'PreconditionFailed',
        });
        expect(await text('if/match')).toBe('2');
      });

      fact('PutObject If-Match on an absent key is 404 NoSuchKey', async () => {
        expect(await outcome(put('if/absent', '1', { IfMatch: '"0"' }))).toEqual({ status: 404, name: 'NoSuchKey' });
      });

      fact('PutObject If-Match: of racing writers on one ETag exactly one wins', async () => {
        const { ETag } = await put('if/contended', '0');
        const ends = await Promise.all(
          Array.from({ length: 16 }, (_, i) => outcome(put('if/contended', `w${i}`, { IfMatch: ETag }))),
        );
        expect(ends.filter((end) => end === 'ok').length).toBe(1);
      });

      fact('CompleteMultipartUpload If-None-Match on an existing key is 412', async () => {
        await put('if/multipart', 'old');
        const completion = await upload('if/multipart', [Buffer.from('new')]);
        const end = await outcome(client.send(new CompleteMultipartUploadCommand({ ...completion, IfNoneMatch: '*' })));
        expect(end).toMatchObject({ status: 412 });
        expect(await text('if/multipart')).toBe('old');
      });

      fact('CompleteMultipartUpload If-Match: the right ETag writes, a stale one is 412', async () => {
        const { ETag } = await put('if/multipart-match', 'old');
        const first = await upload('if/multipart-match', [Buffer.from('new')]);
        expect(await outcome(client.send(new CompleteMultipartUploadCommand({ ...first, IfMatch: ETag })))).toBe('ok');
        const second = await upload('if/multipart-match', [Buffer.from('newer')]);
        const end = await outcome(client.send(new CompleteMultipartUploadCommand({ ...second, IfMatch: ETag })));
        expect(end).toMatchObject({ status: 412 });
      });

      fact('CopyObject If-None-Match on an existing destination is 412', async () => {
        await put('if/source', 'source');
        await put('if/destination', 'kept');
        const copy = { Bucket: bucket, CopySource: `${bucket}/if/source`, IfNoneMatch: '*' };
        expect(await outcome(client.send(new CopyObjectCommand({ ...copy, Key: 'if/copied' })))).toBe('ok');
        const end = await outcome(client.send(new CopyObjectCommand({ ...copy, Key: 'if/destination' })));
        expect(end).toMatchObject({ status: 412 });
        expect(await text('if/destination')).toBe('kept');
      });

      fact('DeleteObject If-Match: a stale ETag is 412 and deletes nothing', async () => {
        const { ETag } = await put('if/delete', '1');
        const stale = new DeleteObjectCommand({ Bucket: bucket, Key: 'if/delete', IfMatch: '"00"' });
        expect(await outcome(client.send(stale))).toMatchObject({ status: 412 });
        expect(await text('if/delete')).toBe('1');
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'if/delete', IfMatch: ETag }));
        expect(await outcome(get('if/delete'))).toMatchObject({ status: 404 });
      });

      fact('a delete during a conditional upload is 409 ConditionalRequestConflict', async () => {
        await put('if/conflict', 'old');
        const raw = rawPut(await signedPut('if/conflict', { IfNoneMatch: '*' }), 10, { 'if-none-match': '*' });
        await raw.begun();
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'if/conflict' }));
        await raw.sent('1234567890');
        const answer = await raw.answer();
        expect([answer.split('\r\n')[0], /<Code>(\w+)/.exec(answer)?.[1]]).toEqual([
          'HTTP/1.1 409 Conflict',
          'ConditionalRequestConflict',
        ]);
      });
    });

    describe('checksums', () => {
      fact('the right checksum of each kind is taken and given back', async () => {
        const right = [
          ['CRC32', 'NSRBwg=='],
          ['CRC32C', 'Nks/tw=='],
          ['SHA1', 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0='],
          ['SHA256', 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='],
        ] as const;
        for (const [algorithm, base64] of right) {
          await put(`sum/${algorithm}`, 'abc', { ChecksumAlgorithm: algorithm });
          const at = { Bucket: bucket, Key: `sum/${algorithm}`, ChecksumMode: 'ENABLED' as const };
          const head = await client.send(new HeadObjectCommand(at));
          expect(head[`Checksum${algorithm}`]).toBe(base64);
        }
      });

      fact('the checksum that the SDK adds by itself is CRC32, and it is kept', async () => {
        await put('sum/default', 'abc');
        const head = await client.send(
          new HeadObjectCommand({ Bucket: bucket, Key: 'sum/default', ChecksumMode: 'ENABLED' }),
        );
        expect(head.ChecksumCRC32).toBe('NSRBwg==');
      });

      for (const [algorithm, wrong] of [
        ['CRC32', 'AAAAAA=='],
        ['CRC32C', 'AAAAAA=='],
        ['SHA256', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='],
      ] as const) {
        fact(`a wrong ${algorithm} is refused with 400 and leaves nothing`, async () => {
          const end = await outcome(put(`sum/bad-${algorithm}`, 'abc', { [`Checksum${algorithm}`]: wrong }));
          expect(end).toMatchObject({ status: 400 });
          expect(await outcome(get(`sum/bad-${algorithm}`))).toMatchObject({ status: 404 });
        });
      }

      fact('a wrong Content-MD5 is refused with 400 and leaves nothing', async () => {
        const end = await outcome(put('sum/md5', 'abc', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }));
        expect(end).toMatchObject({ status: 400 });
        expect(await outcome(get('sum/md5'))).toMatchObject({ status: 404 });
      });

      fact('a refused body does not replace the object that was there', async () => {
        await put('sum/kept', 'good');
        await outcome(put('sum/kept', 'bad', { ChecksumCRC32: 'AAAAAA==' }));
        expect(await text('sum/kept')).toBe('good');
      });

      fact('a body cut short leaves nothing', async () => {
        const raw = rawPut(await signedPut('sum/cut', {}), 100_000, {});
        await raw.begun();
        await raw.sent('x'.repeat(50_000));
        raw.cut();
        for (let look = 0; look < 20; look++) {
          expect(await outcome(get('sum/cut'))).toMatchObject({ status: 404 });
          await setTimeout(20);
        }
      });
    });

    describe('multipart uploads', () => {
      const five = 5 * 1024 * 1024;

      fact('parts become one object in order, under an ETag with their number', async () => {
        const parts = [Buffer.alloc(five, 1), Buffer.alloc(five, 2), Buffer.from('end')];
        const completion = await upload('parts/whole', parts);
        expect(await keys({ Prefix: 'parts/' })).toEqual([]);
        const { ETag } = await client.send(new CompleteMultipartUploadCommand(completion));
        expect(ETag).toMatch(/-3"$/);
        expect((await get('parts/whole')).equals(Buffer.concat(parts))).toBe(true);
        expect((await get('parts/whole', 'bytes=-3')).toString()).toBe('end');
      });

      fact('a small part before the last is 400 EntityTooSmall', async () => {
        const completion = await upload('parts/small', [Buffer.from('a'), Buffer.from('b')]);
        const end = await outcome(client.send(new CompleteMultipartUploadCommand(completion)));
        expect(end).toEqual({ status: 400, name: 'EntityTooSmall' });
      });

      fact('a part that was never sent is 400 InvalidPart', async () => {
        const completion = await upload('parts/missing', [Buffer.from('a')]);
        const Parts = [{ PartNumber: 2, ETag: '"00000000000000000000000000000000"' }];
        const complete = new CompleteMultipartUploadCommand({ ...completion, MultipartUpload: { Parts } });
        expect(await outcome(client.send(complete))).toEqual({ status: 400, name: 'InvalidPart' });
      });

      fact('an aborted upload is gone: 404 NoSuchUpload', async () => {
        const completion = await upload('parts/aborted', [Buffer.from('a')]);
        const { Bucket, Key, UploadId } = completion;
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        const end = await outcome(client.send(new CompleteMultipartUploadCommand(completion)));
        expect(end).toEqual({ status: 404, name: 'NoSuchUpload' });
      });
    });
  });
}

/** A PUT written by hand, so that something can happen in the middle of it. */
function rawPut(url: string, bytes: number, headers: Record<string, string>) {
  const { hostname, port, host, pathname, search } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  const all = { host, 'content-length': String(bytes), expect: '100-continue', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  let received = '';
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => pattern.test(received) && resolve(received);
      socket.on('data', look);
      socket.once('error', reject).once('close', () => reject(new Error(`closed after ${JSON.stringify(received)}`)));
      look();
    });
  socket.on('data', (data) => {
    received += data.toString();
  });
  const write = (text: string) => new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return {
    /** The server has read the head of the request. */
    begun: async (): Promise<void> => {
      await write(`PUT ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      await until(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    },
    sent: write,
    answer: async (): Promise<string> => {
      const text = await until(/\r\n\r\n[\s\S]*(<\/Error>|content-length: 0[\s\S]*\r\n\r\n)/i);
      socket.destroy();
      return text.slice(text.indexOf('\r\n\r\n') + 4);
    },
    cut: () => socket.destroy(),
  };
}
