import { CompleteMultipartUploadCommand, CopyObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { type Fact, outcome, type S3Probe } from './s3-probe.ts';
import { rawPut } from './s3-raw-put.ts';

/** If-None-Match and If-Match on writes and deletes, alone and racing. */
export function conditionalWriteFacts(
  { bucket, client, put, get, signedPut, text, upload }: S3Probe,
  fact: Fact,
): void {
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
      const ends = await Promise.all(bodies.map((body) => outcome(put(`race/${round}`, body, { IfNoneMatch: '*' }))));
      const winners = bodies.filter((_, i) => ends[i] === 'ok');
      expect(winners.length).toBe(1);
      for (const end of ends) if (end !== 'ok') expect([409, 412]).toContain(end.status);
      expect((await get(`race/${round}`)).equals(winners[0]!)).toBe(true);
    }
  });

  fact('PutObject If-None-Match after a delete creates again', async () => {
    await client().send(new DeleteObjectCommand({ Bucket: bucket, Key: 'if/none' }));
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
    const end = await outcome(client().send(new CompleteMultipartUploadCommand({ ...completion, IfNoneMatch: '*' })));
    expect(end).toMatchObject({ status: 412 });
    expect(await text('if/multipart')).toBe('old');
  });

  fact('CompleteMultipartUpload If-Match: the right ETag writes, a stale one is 412', async () => {
    const { ETag } = await put('if/multipart-match', 'old');
    const first = await upload('if/multipart-match', [Buffer.from('new')]);
    expect(await outcome(client().send(new CompleteMultipartUploadCommand({ ...first, IfMatch: ETag })))).toBe('ok');
    const second = await upload('if/multipart-match', [Buffer.from('newer')]);
    const end = await outcome(client().send(new CompleteMultipartUploadCommand({ ...second, IfMatch: ETag })));
    expect(end).toMatchObject({ status: 412 });
  });

  fact('CopyObject If-None-Match on an existing destination is 412', async () => {
    await put('if/source', 'source');
    await put('if/destination', 'kept');
    const copy = { Bucket: bucket, CopySource: `${bucket}/if/source`, IfNoneMatch: '*' };
    expect(await outcome(client().send(new CopyObjectCommand({ ...copy, Key: 'if/copied' })))).toBe('ok');
    const end = await outcome(client().send(new CopyObjectCommand({ ...copy, Key: 'if/destination' })));
    expect(end).toMatchObject({ status: 412 });
    expect(await text('if/destination')).toBe('kept');
  });

  fact('DeleteObject If-Match: a stale ETag is 412 and deletes nothing', async () => {
    const { ETag } = await put('if/delete', '1');
    const stale = new DeleteObjectCommand({ Bucket: bucket, Key: 'if/delete', IfMatch: '"00"' });
    expect(await outcome(client().send(stale))).toMatchObject({ status: 412 });
    expect(await text('if/delete')).toBe('1');
    await client().send(new DeleteObjectCommand({ Bucket: bucket, Key: 'if/delete', IfMatch: ETag }));
    expect(await outcome(get('if/delete'))).toMatchObject({ status: 404 });
  });

  fact('a delete during a conditional upload is 409 ConditionalRequestConflict', async () => {
    await put('if/conflict', 'old');
    const raw = rawPut(await signedPut('if/conflict', { IfNoneMatch: '*' }), 10, { 'if-none-match': '*' });
    await raw.begun();
    await client().send(new DeleteObjectCommand({ Bucket: bucket, Key: 'if/conflict' }));
    await raw.sent('1234567890');
    const answer = await raw.answer();
    expect([answer.split('\r\n')[0], /<Code>(\w+)/.exec(answer)?.[1]]).toEqual([
      'HTTP/1.1 409 Conflict',
      'ConditionalRequestConflict',
    ]);
  });
}
