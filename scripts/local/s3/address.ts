import type { IncomingMessage } from 'node:http';
import { invalidArgument } from './error.ts';

export interface Address {
  /** Absent for the service itself (ListBuckets). */
  bucket?: string;
  /** Absent for the bucket itself. */
  key?: string;
  query: URLSearchParams;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument(`${JSON.stringify(text)} is not percent-encoded UTF-8`);
  }
};

/** Where a request points: `/<bucket>/<key>`, or `/<key>` on the host `<bucket>.localhost`. A `+` is a plus. */
export function addressOf(request: IncomingMessage): Address {
  const [path = '/', search = ''] = split(request.url ?? '/', '?');
  const query = new URLSearchParams(search);
  const bucketOfHost = /^([^:]+)\.localhost(?::\d+)?$/.exec(request.headers.host ?? '')?.[1];
  const rest = path.slice(1);
  if (bucketOfHost !== undefined) return { bucket: bucketOfHost, ...(rest !== '' && { key: decode(rest) }), query };
  const [bucket = '', key = ''] = split(rest, '/');
  return { ...(bucket !== '' && { bucket: decode(bucket) }), ...(key !== '' && { key: decode(key) }), query };
}

function split(text: string, at: string): [string, string?] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
