import type { LakeSettings } from '#contract/lake-settings.ts';

/** How Delta's writers name what lies in a lake. */
export interface LakePaths {
  /** Of the lake as a whole, without a slash at its end: `s3a://bucket`. */
  uri: string;
  /** The key of an absolute path; nothing where it leads elsewhere. */
  keyOf(path: string): string | undefined;
}

/** @param bucket the bucket of a lake on S3, which the stack has made */
export function lakePaths(lake: LakeSettings, bucket: string): LakePaths {
  switch (lake.kind) {
    case 's3':
      return inBucket('s3a', /^s3[an]?:\/\/([^/]+)\/(.+)$/, bucket);
    case 's3Compatible':
      return inBucket('s3a', /^s3[an]?:\/\/([^/]+)\/(.+)$/, lake.bucket);
    case 'gcs':
      return inBucket('gs', /^gs:\/\/([^/]+)\/(.+)$/, lake.bucket);
    case 'azure':
      return inContainer(lake.account, lake.container);
  }
}

const inBucket = (scheme: string, pattern: RegExp, bucket: string): LakePaths => ({
  uri: `${scheme}://${bucket}`,
  keyOf(path) {
    const [, named, key] = pattern.exec(path) ?? [];
    return named === bucket ? key : undefined;
  },
});

/** `abfss://container@account…/key`, and `az://container/key`, which names no account. */
const inContainer = (account: string, container: string): LakePaths => ({
  uri: `abfss://${container}@${account}.dfs.core.windows.net`,
  keyOf(path) {
    const [, named, owner = account, key] =
      /^(?:abfss?|wasbs?|az):\/\/([^/@]+)(?:@([^/.]+)[^/]*)?\/(.+)$/.exec(path) ?? [];
    return named === container && owner === account ? key : undefined;
  },
});
