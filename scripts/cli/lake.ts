import { s3Client } from '#adapters/aws/clients.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { tablePrefix } from '#contract/environment.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { operatorEnvironment } from './operator-environment.ts';
import { readSettings } from './read-settings.ts';

const client = s3Client();

export const storeOfBucket = (bucket: string, prefix: string): ObjectStore => s3ObjectStore(client, bucket, prefix);

/** A table of an environment's lake, by its name. */
export function lakeTable(name: string, environment: string, root: string): ObjectStore {
  readSettings(root, environment, name);
  const { lakeBucket } = operatorEnvironment('lakeBucket');
  return storeOfBucket(lakeBucket, tablePrefix(name));
}
