import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { type Fact, outcome, type S3Probe } from './s3-probe.ts';

/** Multipart uploads. */
export function uploadFacts({ client, get, keys, upload }: S3Probe, fact: Fact): void {
  const five = 5 * 1024 * 1024;

  fact('parts become one object in order, under an ETag with their number', async () => {
    const parts = [Buffer.alloc(five, 1), Buffer.alloc(five, 2), Buffer.from('end')];
    const completion = await upload('parts/whole', parts);
    expect(await keys({ Prefix: 'parts/' })).toEqual([]);
    const { ETag } = await client().send(new CompleteMultipartUploadCommand(completion));
    expect(ETag).toMatch(/-3"$/);
    expect((await get('parts/whole')).equals(Buffer.concat(parts))).toBe(true);
    expect((await get('parts/whole', 'bytes=-3')).toString()).toBe('end');
  });

  fact('a small part before the last is 400 EntityTooSmall', async () => {
    const completion = await upload('parts/small', [Buffer.from('a'), Buffer.from('b')]);
    const end = await outcome(client().send(new CompleteMultipartUploadCommand(completion)));
    expect(end).toEqual({ status: 400, name: 'EntityTooSmall' });
  });

  fact('a part that was never sent is 400 InvalidPart', async () => {
    const completion = await upload('parts/missing', [Buffer.from('a')]);
    const Parts = [{ PartNumber: 2, ETag: '"00000000000000000000000000000000"' }];
    const complete = new CompleteMultipartUploadCommand({ ...completion, MultipartUpload: { Parts } });
    expect(await outcome(client().send(complete))).toEqual({ status: 400, name: 'InvalidPart' });
  });

  fact('an aborted upload is gone: 404 NoSuchUpload', async () => {
    const completion = await upload('parts/aborted', [Buffer.from('a')]);
    const { Bucket, Key, UploadId } = completion;
    await client().send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    const end = await outcome(client().send(new CompleteMultipartUploadCommand(completion)));
    expect(end).toEqual({ status: 404, name: 'NoSuchUpload' });
  });
}
