import type { ObjectInfo, PutOutcome } from '#delta/object-store.ts';
import { httpStatusOf, mayHaveTakenEffect } from './unclear-outcome.ts';

interface ObjectHeaders {
  ContentLength?: number | undefined;
  LastModified?: Date | undefined;
  ETag?: string | undefined;
}

export const infoOf = (path: string, { ContentLength, LastModified, ETag }: ObjectHeaders): ObjectInfo => ({
  path,
  sizeBytes: ContentLength ?? 0,
  lastModifiedMs: LastModified?.getTime() ?? 0,
  etag: ETag ?? '',
});

/** What S3 answers, with absence as a value. */
export async function unlessAbsent<Output>(request: Promise<Output>): Promise<Output | undefined> {
  try {
    return await request;
  } catch (error) {
    if (httpStatusOf(error) === 404) return undefined;
    throw error;
  }
}

/** What a write on condition came to. */
export async function outcomeOf(request: Promise<unknown>): Promise<PutOutcome> {
  try {
    await request;
    return 'created';
  } catch (error) {
    const status = httpStatusOf(error);
    if (status === 412) return 'exists';
    if (status === 409 || mayHaveTakenEffect(error)) return 'unknown';
    throw error;
  }
}
