import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '#delta/object-store.ts';
import { infoOf, outcomeOf, unlessAbsent } from './s3-answers.ts';
import { bytesOf } from './s3-body.ts';
import { s3Upload } from './s3-upload.ts';

/** S3's limit of keys in one DeleteObjects. */
const maxDeletedAtOnce = 1000;

/**
 * Objects under `prefix` (such as `tables/x`, without a trailing slash; empty for the whole bucket) of one bucket. S3 reads
 * and lists what was written before, and lists in the order of UTF-8 bytes.
 * @param tagsOf S3 tags of an object to be put, by its path
 */
export function s3ObjectStore(
  client: S3Client,
  bucket: string,
  prefix: string,
  tagsOf: (path: string) => Record<string, string> | undefined = () => undefined,
): ObjectStore {
  const root = prefix === '' ? '' : `${prefix}/`;
  const at = (path: string) => ({ Bucket: bucket, Key: root + path });
  const newAt = (path: string) => {
    const tags = tagsOf(path);
    return { ...at(path), ...(tags === undefined ? {} : { Tagging: new URLSearchParams(tags).toString() }) };
  };

  async function get(path: string, range?: string): Promise<GetObjectCommandOutput | undefined> {
    return unlessAbsent(
      client.send(new GetObjectCommand({ ...at(path), ...(range === undefined ? {} : { Range: range }) })),
    );
  }

  return {
    async read(path) {
      const output = await get(path);
      return output && { ...infoOf(path, output), bytes: await bytesOf(output) };
    },

    async readRange(path, start, end) {
      if (end !== undefined && end <= start && start >= 0) return new Uint8Array();
      const range = start < 0 ? `bytes=${start}` : `bytes=${start}-${end === undefined ? '' : end - 1}`;
      const output = await get(path, range);
      return output && bytesOf(output);
    },

    async head(path) {
      const output = await unlessAbsent(client.send(new HeadObjectCommand(at(path))));
      return output && infoOf(path, output);
    },

    putIfAbsent: (path, bytes) =>
      outcomeOf(client.send(new PutObjectCommand({ ...newAt(path), Body: bytes, IfNoneMatch: '*' }))),

    async put(path, bytes) {
      await client.send(new PutObjectCommand({ ...newAt(path), Body: bytes }));
    },

    openUpload: async (path) => s3Upload(client, newAt(path), path),

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

    async deleteAll(paths) {
      for (let first = 0; first < paths.length; first += maxDeletedAtOnce) {
        const Objects = paths.slice(first, first + maxDeletedAtOnce).map((path) => ({ Key: root + path }));
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        const [refused] = Errors;
        if (refused !== undefined) {
          throw new Error(
            `s3://${bucket}/${refused.Key}: expected it to be deleted, got ${refused.Code}: ${refused.Message} (${Errors.length} of ${Objects.length} refused)`,
          );
        }
      }
    },
  };
}
