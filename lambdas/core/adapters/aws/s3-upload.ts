import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Upload } from '#delta/object-store.ts';
import { infoOf, outcomeOf, unlessAbsent } from './s3-answers.ts';
import { httpStatusOf } from './unclear-outcome.ts';

/** The smallest that S3 takes, of at most 10,000: an object is 48 GiB at most. */
const partBytes = 5 * 1024 * 1024;

/** An object as S3's requests name it, and what its creation says besides. */
export interface NewObject {
  Bucket: string;
  Key: string;
  Tagging?: string;
}

/**
 * An object in pieces: one put when all of it fits into a part, else a multipart upload, with one part under way while the
 * next is gathered. Two parts are all the memory that it takes, however large the object. What a crash leaves is an upload that
 * the bucket's rule for incomplete ones takes away.
 */
export function s3Upload(client: S3Client, object: NewObject, path: string): Upload {
  const { Bucket, Key } = object;
  const parts: CompletedPart[] = [];
  /** Parts that are not under way: their memory is used again. */
  const spare: Uint8Array[] = [];
  let gathered: Uint8Array | undefined;
  let gatheredBytes = 0;
  let sizeBytes = 0;
  let uploadId: string | undefined;
  let underWay: Promise<void> = Promise.resolve();

  async function sendPart(Body: Uint8Array): Promise<void> {
    uploadId ??= (await client.send(new CreateMultipartUploadCommand(object))).UploadId!;
    const PartNumber = parts.length + 1;
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId: uploadId, PartNumber, Body }));
    parts.push({ PartNumber, ETag });
  }

  const takeGathered = (): Uint8Array => gathered?.subarray(0, gatheredBytes) ?? new Uint8Array();

  /** Sends what is gathered, once the part before it has arrived. */
  async function flush(): Promise<void> {
    await underWay;
    const memory = gathered;
    underWay = sendPart(takeGathered()).then(() => {
      if (memory !== undefined) spare.push(memory);
    });
    underWay.catch(() => undefined);
    gathered = undefined;
    gatheredBytes = 0;
  }

  async function finish(condition: { IfNoneMatch?: '*' }): Promise<void> {
    await underWay;
    if (uploadId === undefined && parts.length === 0) {
      await client.send(new PutObjectCommand({ ...object, ...condition, Body: takeGathered() }));
      return;
    }
    if (gatheredBytes > 0) await flush();
    await underWay;
    const MultipartUpload = { Parts: parts };
    await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId: uploadId, MultipartUpload, ...condition }),
    );
    // At once: who writes one object after another would hold the parts of several until V8 next collects.
    for (const { buffer } of spare.splice(0)) (buffer as ArrayBuffer).transfer(0);
  }

  const head = () => unlessAbsent(client.send(new HeadObjectCommand({ Bucket, Key })));

  return {
    async write(bytes) {
      sizeBytes += bytes.length;
      for (let at = 0; at < bytes.length; ) {
        gathered ??= spare.pop() ?? Buffer.allocUnsafeSlow(partBytes);
        const taken = bytes.subarray(at, at + partBytes - gatheredBytes);
        gathered.set(taken, gatheredBytes);
        gatheredBytes += taken.length;
        at += taken.length;
        if (gatheredBytes === partBytes) await flush();
      }
    },

    async complete() {
      try {
        await finish({});
      } catch (error) {
        // The SDK's second attempt finds no upload where its first one completed it.
        if (httpStatusOf(error) !== 404 || (await head())?.ContentLength !== sizeBytes) throw error;
      }
      const output = await head();
      if (output === undefined) throw new Error(`${path}: expected the object that was just written, found none`);
      return infoOf(path, output);
    },

    async completeIfAbsent() {
      try {
        return await outcomeOf(finish({ IfNoneMatch: '*' }));
      } catch (error) {
        if (uploadId !== undefined && httpStatusOf(error) === 404) return 'unknown';
        throw error;
      }
    },

    async abort() {
      gathered = undefined;
      gatheredBytes = 0;
      await underWay.catch(() => undefined);
      if (uploadId === undefined) return;
      await unlessAbsent(client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: uploadId })));
    },
  };
}
