import { describe, expect, test } from 'vitest';
import { lakePaths } from '#adapters/lake/lake-paths.ts';
import type { LakeSettings } from '#contract/lake-settings.ts';

const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf';

describe.each<[LakeSettings, uri: string, here: string[], elsewhere: string[]]>([
  [
    { kind: 's3' },
    's3a://lake',
    ['s3://lake/', 's3a://lake/', 's3n://lake/'],
    ['s3://other/', '/', 'abfss://lake/', 'gs://lake/'],
  ],
  [{ kind: 'gcs', bucket: 'lake', secretArn }, 'gs://lake', ['gs://lake/'], ['gs://other/', 's3://lake/', '/']],
  [
    { kind: 'azure', account: 'acme', container: 'lake', secretArn },
    'abfss://lake@acme.dfs.core.windows.net',
    ['abfss://lake@acme.dfs.core.windows.net/', 'wasbs://lake@acme.blob.core.windows.net/', 'az://lake/'],
    [
      'abfss://lake@other.dfs.core.windows.net/',
      'abfss://other@acme.dfs.core.windows.net/',
      'az://other/',
      's3://lake/',
    ],
  ],
])('a lake of %o', (lake, uri, here, elsewhere) => {
  const paths = lakePaths(lake, 'lake');

  test('has the URI that writers know it by', () => {
    expect(paths.uri).toBe(uri);
  });

  test('knows its own paths, and no others', () => {
    for (const start of here)
      expect(paths.keyOf(`${start}tables/x/day=1/a b.parquet`)).toBe('tables/x/day=1/a b.parquet');
    for (const start of elsewhere) expect(paths.keyOf(`${start}tables/x/a.parquet`)).toBeUndefined();
    for (const start of here) expect(paths.keyOf(start)).toBeUndefined();
  });
});
