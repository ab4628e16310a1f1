import type { ObjectInfo } from '#delta/object-store.ts';
import { storeAnswers } from '../lake/store-answers.ts';
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

/** What S3 answers. */
export const { unlessAbsent, outcomeOf } = storeAnswers((error) => {
  const status = httpStatusOf(error);
  if (status === 404) return 'absent';
  if (status === 412) return 'exists';
  return status === 409 || mayHaveTakenEffect(error) ? 'unknown' : undefined;
});
