import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { LakeObjects } from '../lake/lake.ts';
import { s3ObjectStore } from './s3-object-store.ts';

/** A bucket of S3, or of a service with its interface. */
export function s3Objects(client: S3Client, bucket: string): LakeObjects {
  return {
    storeOf: (prefix, tagsOf) => s3ObjectStore(client, bucket, prefix, tagsOf),
    async foldersIn(prefix) {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page: ListObjectsV2CommandOutput = await client.send(
          new ListObjectsV2Command({
            ...{ Bucket: bucket, Prefix: prefix, Delimiter: '/' },
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        for (const { Prefix: folder = '' } of page.CommonPrefixes ?? []) names.push(folder.slice(prefix.length, -1));
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
      return names;
    },
  };
}
