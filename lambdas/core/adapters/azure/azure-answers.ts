import { RestError } from '@azure/storage-blob';
import type { ObjectInfo, PutOutcome } from '#delta/object-store.ts';

interface BlobHeaders {
  contentLength?: number | undefined;
  lastModified?: Date | undefined;
  etag?: string | undefined;
}

export const infoOf = (path: string, { contentLength, lastModified, etag = '' }: BlobHeaders): ObjectInfo => ({
  path,
  sizeBytes: contentLength ?? 0,
  lastModifiedMs: lastModified?.getTime() ?? 0,
  /** Lists have it without the quotes that answers have. */
  etag: etag.replaceAll('"', ''),
});

/** What Azure answers, with absence as a value. */
export async function unlessAbsent<Output>(request: Promise<Output>): Promise<Output | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return undefined;
    throw error;
  }
}

/** What a write on condition came to: one that finds a blob is answered with 409 or 412. */
export async function outcomeOf(request: Promise<unknown>): Promise<PutOutcome> {
  try {
    await request;
    return 'created';
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    const { statusCode, code } = error;
    if (statusCode === 412 || code === 'BlobAlreadyExists') return 'exists';
    if (statusCode === undefined || statusCode === 408 || statusCode === 409 || statusCode >= 500) return 'unknown';
    throw error;
  }
}
