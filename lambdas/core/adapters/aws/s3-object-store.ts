import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectInfo, ObjectStore } from '#delta/object-store.ts';
import { httpStatusOf, mayHaveTakenEffect } from './unclear-outcome.ts';

/**
 * Objects under `prefix` (such as `tables/x`, without a trailing slash; empty for the whole bucket) of one bucket. S3 reads
 * and lists what was written before, and lists in the order of UTF-8 bytes.
 */
export function s3ObjectStore(client: S3Client, bucket: string, prefix: string): ObjectStore {
  const root = prefix === '' ? '' : `${prefix}/`;
  const at = (path: string) => ({ Bucket: bucket, Key: root + path });

  async function get(path: string, range?: string): Promise<GetObjectCommandOutput | undefined> {
    return unlessAbsent(
      client.send(new GetObjectCommand({ ...at(path), ...(range === undefined ? {} : { Range: range }) })),
    );
  }

  return {
    async read(path) {
      const output = await get(path);
      return output && { ...infoOf(path, output), bytes: await output.Body!.transformToByteArray() };
    },

    async readRange(path, start, end) {
      if (end !== undefined && end <= start && start >= 0) return new Uint8Array();
      const range = start < 0 ? `bytes=${start}` : `bytes=${start}-${end === undefined ? '' : end - 1}`;
      const output = await get(path, range);
      return output && (await output.Body!.transformToByteArray());
    },

    async head(path) {
      const output = await unlessAbsent(client.send(new HeadObjectCommand(at(path))));
      return output && infoOf(path, output);
    },

    async putIfAbsent(path, bytes) {
      try {
        await client.send(new PutObjectCommand({ ...at(path), Body: bytes, IfNoneMatch: '*' }));
        return 'created';
      } catch (error) {
        const status = httpStatusOf(error);
        if (status === 412) return 'exists';
        if (status === 409 || mayHaveTakenEffect(error)) return 'unknown';
        throw error;
      }
    },

    async put(path, bytes) {
      await client.send(new PutObjectCommand({ ...at(path), Body: bytes }));
    },

    async *list(listPrefix, startAfter) {
      let token: string | undefined;
      do {
        const page: ListObjectsV2CommandOutput = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: root + listPrefix,
            ...(startAfter === undefined ? {} : { StartAfter: root + startAfter }),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
          yield infoOf(Key!.slice(root.length), { ContentLength: Size, LastModified, ETag });
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    async delete(path) {
      await client.send(new DeleteObjectCommand(at(path)));
    },
  };
}

interface ObjectHeaders {
  ContentLength?: number | undefined;
  LastModified?: Date | undefined;
  ETag?: string | undefined;
}

const infoOf = (path: string, { ContentLength, LastModified, ETag }: ObjectHeaders): ObjectInfo => ({
  path,
  sizeBytes: ContentLength ?? 0,
  lastModifiedMs: LastModified?.getTime() ?? 0,
  etag: ETag ?? '',
});

async function unlessAbsent<Output>(request: Promise<Output>): Promise<Output | undefined> {
  try {
    return await request;
  } catch (error) {
    if (httpStatusOf(error) === 404) return undefined;
    throw error;
  }
}
