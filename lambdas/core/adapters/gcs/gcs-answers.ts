import { ApiError, type FileMetadata } from '@google-cloud/storage';
import type { ObjectInfo, PutOutcome } from '#delta/object-store.ts';

/** A generation is of one write, as an etag is elsewhere. */
export const infoOf = (path: string, { size, updated, generation }: FileMetadata): ObjectInfo => ({
  path,
  sizeBytes: Number(size ?? 0),
  lastModifiedMs: Date.parse(updated ?? '') || 0,
  etag: String(generation ?? ''),
});

const statusOf = (error: unknown): number | undefined =>
  error instanceof ApiError || typeof (error as { code?: unknown }).code === 'number'
    ? Number((error as { code?: unknown }).code)
    : undefined;

/** What Google Cloud Storage answers, with absence as a value. */
export async function unlessAbsent<Output>(request: Promise<Output>): Promise<Output | undefined> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** What a write on condition came to. */
export async function outcomeOf(request: Promise<unknown>): Promise<PutOutcome> {
  try {
    await request;
    return 'created';
  } catch (error) {
    const status = statusOf(error);
    if (status === 412) return 'exists';
    if (status === undefined || status === 408 || status === 409 || status === 429 || status >= 500) return 'unknown';
    throw error;
  }
}
