import { ApiError, type FileMetadata } from '@google-cloud/storage';
import type { ObjectInfo } from '#delta/object-store.ts';
import { storeAnswers } from '../lake/store-answers.ts';

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

/** What Google Cloud Storage answers. */
export const { unlessAbsent, outcomeOf } = storeAnswers((error) => {
  const status = statusOf(error);
  if (status === 404) return 'absent';
  if (status === 412) return 'exists';
  const isUnclear = status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
  return isUnclear ? 'unknown' : undefined;
});
