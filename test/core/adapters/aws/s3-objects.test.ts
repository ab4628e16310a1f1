import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { s3Objects } from '#adapters/aws/s3-objects.ts';

test('folders under a prefix are named, page by page', async () => {
  const s3 = mockClient(S3Client);
  const first = { IsTruncated: true, NextContinuationToken: 'next', CommonPrefixes: [{ Prefix: 'tables/a/' }] };
  const folders = { Bucket: 'lake', Prefix: 'tables/', Delimiter: '/' };
  s3.on(ListObjectsV2Command, folders).resolves(first);
  s3.on(ListObjectsV2Command, { ...folders, ContinuationToken: 'next' }).resolves({
    CommonPrefixes: [{ Prefix: 'tables/events_b/' }],
  });
  expect(await s3Objects(new S3Client({ region: 'us-east-1' }), 'lake').foldersIn('tables/')).toEqual([
    'a',
    'events_b',
  ]);
  s3.restore();
});
