import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { lakeLocator } from '#adapters/aws/lake-locator.ts';

const locate = lakeLocator(new S3Client({ region: 'us-east-1' }), 'lake');

test.each(['s3', 's3a', 's3n'])('%s:// leads to keys of the lake’s bucket', (scheme) => {
  expect(locate(`${scheme}://lake/tables/x/day=1/a b.parquet`)?.path).toBe('tables/x/day=1/a b.parquet');
});

test.each([
  's3://other/tables/x/a.parquet',
  's3://lake',
  's3://lake/',
  '/tables/x/a.parquet',
  'abfss://lake/a.parquet',
])('%s leads nowhere from here', (path) => {
  expect(locate(path)).toBeUndefined();
});
