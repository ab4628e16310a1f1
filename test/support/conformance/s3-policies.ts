import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { type Fact, outcome, type S3Probe } from './s3-probe.ts';

/** Policies that require a header of whoever puts. */
export function policyFacts({ bucket, client, put }: S3Probe, fact: Fact): void {
  const arn = (key: string) => `arn:aws:s3:::${bucket}/${key}`;
  const commit = (version: number) => `policies/_delta_log/${String(version).padStart(20, '0')}.json`;
  const onlyNewCommits = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${bucket}`, arn('*')],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:PutObject',
        Resource: arn(`policies/_delta_log/${'?'.repeat(20)}.json`),
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      },
    ],
  });
  const denied = { status: 403, name: 'AccessDenied' };

  /** With the policy in force, which no other fact sees. */
  async function protectedBy<T>(run: () => Promise<T>): Promise<T> {
    await client().send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: onlyNewCommits }));
    try {
      return await run();
    } finally {
      await client().send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
    }
  }

  async function upload(key: string, condition: { IfNoneMatch?: string }): Promise<unknown> {
    const at = { Bucket: bucket, Key: key };
    const { UploadId } = await client().send(new CreateMultipartUploadCommand(at));
    const { ETag } = await client().send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: '{}' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    return client().send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload, ...condition }));
  }

  fact('a policy is read back as it was put, and deleted', async () => {
    await protectedBy(async () => {
      const { Policy } = await client().send(new GetBucketPolicyCommand({ Bucket: bucket }));
      expect(JSON.parse(Policy!)).toEqual(JSON.parse(onlyNewCommits));
    });
    const read = client().send(new GetBucketPolicyCommand({ Bucket: bucket }));
    expect(await outcome(read)).toEqual({ status: 404, name: 'NoSuchBucketPolicy' });
  });

  fact('a policy may require If-None-Match: a plain put is 403, a conditional one goes by what is there', async () => {
    await protectedBy(async () => {
      expect(await outcome(put(commit(0), '{}'))).toEqual(denied);
      await put(commit(0), '{}', { IfNoneMatch: '*' });
      expect(await outcome(put(commit(0), '{}', { IfNoneMatch: '*' }))).toMatchObject({ status: 412 });
      expect(await outcome(put(commit(0), '{"over":1}'))).toEqual(denied);
    });
  });

  fact('a policy that requires If-None-Match lets uploads in parts begin, and end with the header', async () => {
    await protectedBy(async () => {
      expect(await outcome(upload(commit(1), {}))).toEqual(denied);
      await upload(commit(1), { IfNoneMatch: '*' });
    });
  });

  fact('a policy that requires If-None-Match stops copies, and nothing else', async () => {
    await put('policies/source', '{}');
    await protectedBy(async () => {
      const copy = { Bucket: bucket, Key: commit(2), CopySource: `${bucket}/policies/source` };
      expect(await outcome(client().send(new CopyObjectCommand(copy)))).toEqual(denied);
      for (const name of ['_last_checkpoint', `.tmp/${'0'.repeat(20)}.json.id`, `${'0'.repeat(20)}.checkpoint.json`]) {
        await put(`policies/_delta_log/${name}`, '{}');
      }
      await put(commit(3), '{}', { IfNoneMatch: '*' });
      await client().send(new DeleteObjectCommand({ Bucket: bucket, Key: commit(3) }));
    });
  });
}
