import { RestError } from '@azure/storage-blob';
import type { ObjectInfo } from '#delta/object-store.ts';
import { storeAnswers } from '../lake/store-answers.ts';

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

/** What Azure answers: a write on condition that finds a blob, with 409 or 412. */
export const { unlessAbsent, outcomeOf } = storeAnswers((error) => {
  if (!(error instanceof RestError)) return undefined;
  const { statusCode: status, code } = error;
  if (status === 404) return 'absent';
  if (status === 412 || code === 'BlobAlreadyExists') return 'exists';
  const isUnclear = status === undefined || status === 408 || status === 409 || status >= 500;
  return isUnclear ? 'unknown' : undefined;
});
