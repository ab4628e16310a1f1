import { setTimeout } from 'node:timers/promises';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { type Fact, outcome, type S3Probe } from './s3-probe.ts';
import { rawPut } from './s3-raw-put.ts';

/** What is kept and what is refused by its checksum. */
export function checksumFacts({ bucket, client, put, get, signedPut, text }: S3Probe, fact: Fact): void {
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
      const head = await client().send(new HeadObjectCommand(at));
      expect(head[`Checksum${algorithm}`]).toBe(base64);
    }
  });

  fact('the checksum that the SDK adds by itself is CRC32, and it is kept', async () => {
    await put('sum/default', 'abc');
    const head = await client().send(
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
}
