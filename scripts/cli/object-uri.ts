import { s3Client } from '#adapters/aws/clients.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { deferredObjects } from '#adapters/lake/deferred-objects.ts';
import type { LakeObjects } from '#adapters/lake/lake.ts';

const schemes = /^(s3|s3a|s3n|gs|gcs|az|abfs|abfss|wasb|wasbs):\/\/([^/@]+)(?:@([^/.]+)[^/]*)?(?:\/(.*))?$/;

/** What a URI names: an object, or a folder of them, in a bucket or container. */
export interface ObjectUri {
  objects: LakeObjects;
  key: string;
}

/** Credentials and endpoints come from the variables that each cloud's own tools go by. Nothing where the text is no such URI. */
export function objectUri(text: string): ObjectUri | undefined {
  const [, scheme, bucket, account, key = ''] = schemes.exec(text) ?? [];
  return scheme === undefined || bucket === undefined
    ? undefined
    : { objects: objectsOf(scheme, bucket, account), key };
}

function objectsOf(scheme: string, bucket: string, account: string | undefined): LakeObjects {
  if (scheme.startsWith('s3')) return s3Objects(s3Client(), bucket);
  if (scheme.startsWith('g')) {
    return deferredObjects(async () => (await import('#adapters/gcs/gcs-objects.ts')).gcsByEnvironment(bucket));
  }
  return deferredObjects(async () =>
    (await import('#adapters/azure/azure-objects.ts')).azureByEnvironment(bucket, account),
  );
}
