import type { S3Client } from '@aws-sdk/client-s3';
import type { AbsoluteLocator } from '#delta/file-location.ts';
import { s3ObjectStore } from './s3-object-store.ts';

/** Absolute paths of one bucket (`s3://`, `s3a://`, `s3n://`), as its keys; others lead nowhere from here. */
export function lakeLocator(client: S3Client, bucket: string): AbsoluteLocator {
  const store = s3ObjectStore(client, bucket, '');
  return (path) => {
    const [, named, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(path) ?? [];
    return named === bucket && key !== undefined ? { store, path: key } : undefined;
  };
}
