import type { IncomingHttpHeaders } from 'node:http';
import { invalidArgument } from './error.ts';

/** `x-amz-copy-source`: `[/]<bucket>/<percent-encoded key>`. */
export function copySource(headers: IncomingHttpHeaders): { bucket: string; key: string } {
  const header = String(headers['x-amz-copy-source']);
  const [, bucket, key] = /^\/?([^/]+)\/([^?]+)(?:\?.*)?$/.exec(header) ?? [];
  if (bucket === undefined || key === undefined) {
    throw invalidArgument(`x-amz-copy-source ${JSON.stringify(header)}: expected <bucket>/<key>`);
  }
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
}
