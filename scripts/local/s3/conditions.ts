import type { IncomingHttpHeaders } from 'node:http';
import { conditionalRequestConflict, noSuchKey, preconditionFailed, S3Error } from './error.ts';

/** What a conditional write demands of the object it replaces. */
export type WriteCondition = { kind: 'none' } | { kind: 'absent' } | { kind: 'matches'; etag: string };

const unquoted = (etag: string): string => etag.trim().replace(/^W\//, '').replaceAll('"', '');

export function writeCondition(headers: IncomingHttpHeaders): WriteCondition {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw new S3Error(501, 'NotImplemented', 'If-Match and If-None-Match together are not implemented');
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return { kind: 'absent' };
    throw new S3Error(501, 'NotImplemented', `If-None-Match ${JSON.stringify(ifNoneMatch)}: a write takes only *`);
  }
  return ifMatch === undefined ? { kind: 'none' } : { kind: 'matches', etag: unquoted(ifMatch) };
}

/**
 * Judges a write at the moment it takes effect.
 * @param before the ETag when the request arrived, `undefined` for no object
 * @param now the ETag at this moment
 */
export function checkWrite(
  condition: WriteCondition,
  key: string,
  before: string | undefined,
  now: string | undefined,
): void {
  switch (condition.kind) {
    case 'none':
      return;
    case 'absent':
      if (now !== undefined) throw preconditionFailed('If-None-Match');
      if (before !== undefined) throw conditionalRequestConflict(key);
      return;
    case 'matches': {
      const matches = (etag: string) => condition.etag === '*' || condition.etag === etag;
      if (now !== undefined) {
        if (matches(now)) return;
        throw preconditionFailed('If-Match');
      }
      throw before !== undefined && matches(before) ? conditionalRequestConflict(key) : noSuchKey(key);
    }
    default:
      condition satisfies never;
  }
}

/** `If-*` of reads, or of a copy's source by its prefix. Returns `notModified` for 304. */
export function checkRead(
  headers: IncomingHttpHeaders,
  object: { etag: string; lastModifiedMs: number },
  prefix = '',
): 'ok' | 'notModified' {
  const header = (name: string) => headers[prefix + name] as string | undefined;
  const list = (value: string) => value.split(',').map(unquoted);
  const ifMatch = header('if-match');
  const ifNoneMatch = header('if-none-match');
  const seconds = (value: string | undefined) => (value === undefined ? Number.NaN : Date.parse(value));
  const modifiedMs = Math.floor(object.lastModifiedMs / 1000) * 1000;
  const holds = (value: string) => list(value).some((etag) => etag === '*' || etag === object.etag);
  if (ifMatch !== undefined) {
    if (!holds(ifMatch)) throw preconditionFailed('If-Match');
  } else if (modifiedMs > seconds(header('if-unmodified-since'))) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const isUnchanged =
    ifNoneMatch === undefined ? modifiedMs <= seconds(header('if-modified-since')) : holds(ifNoneMatch);
  if (!isUnchanged) return 'ok';
  if (prefix !== '') throw preconditionFailed('the source has not changed');
  return 'notModified';
}
