import type { AbsoluteLocator } from '#delta/file-location.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { LakePaths } from './lake-paths.ts';

/** S3 tags of an object to be put, by its path. */
export type TagsOf = (path: string) => Record<string, string> | undefined;

/** The objects of a bucket or container. */
export interface LakeObjects {
  /** Those under a prefix such as `tables/x`. Tags are S3's. */
  storeOf(prefix: string, tagsOf?: TagsOf): ObjectStore;
  /** Names of the folders right under a prefix such as `tables/`. */
  foldersIn(prefix: string): Promise<string[]>;
}

/** Where the tables of an environment lie. */
export interface Lake extends LakeObjects {
  /** As Delta's writers name it, without a slash at its end: `s3a://bucket`. */
  uri: string;
  /** Leads from absolute paths in logs to this lake's objects; others lead nowhere from here. */
  locate: AbsoluteLocator;
}

export const lakeOf = (objects: LakeObjects, { uri, keyOf }: LakePaths): Lake => ({
  ...objects,
  uri,
  locate(path) {
    const key = keyOf(path);
    return key === undefined ? undefined : { store: objects.storeOf(''), path: key };
  },
});
