import type { Settings } from '#contract/settings.ts';
import { deferredObjects } from '../lake/deferred-objects.ts';
import { type Lake, lakeOf } from '../lake/lake.ts';
import { lakePaths } from '../lake/lake-paths.ts';
import { s3Client } from './clients.ts';
import { s3Objects } from './s3-objects.ts';

/**
 * The lake of an environment. One outside S3 is opened when it is first used; what knows its service is loaded then.
 * @param lakeBucket the bucket of a lake on S3
 */
export function openLake({ lake, environment }: Pick<Settings, 'lake' | 'environment'>, lakeBucket: string): Lake {
  const objects =
    lake.kind === 's3'
      ? s3Objects(s3Client(), lakeBucket)
      : deferredObjects(async () => (await import('./outside-lake.ts')).openOutsideLake(lake, environment));
  return lakeOf(objects, lakePaths(lake, lakeBucket));
}
