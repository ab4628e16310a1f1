import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Address } from './address.ts';
import type { Buckets } from './buckets.ts';
import type { SendToQueue } from './notifications.ts';
import { type XmlElements, xmlDocument } from './xml.ts';

/** One request with what answers it. */
export interface Exchange extends Address {
  request: IncomingMessage;
  response: ServerResponse;
  buckets: Buckets;
  sendToQueue: SendToQueue | undefined;
  nowMs: () => number;
}

/** An exchange about one object. */
export interface ObjectExchange extends Exchange {
  bucket: string;
  key: string;
}

export const quoted = (etag: string): string => `"${etag}"`;

/** ISO 8601 in whole seconds, which is what S3 keeps of an object's time. */
export const isoSeconds = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString();

export function answer({ response }: Exchange, status: number, headers: OutgoingHttpHeaders = {}, body?: Buffer): void {
  response.writeHead(
    status,
    status === 204 || status === 304 ? headers : { 'content-length': body?.length ?? 0, ...headers },
  );
  response.end(body);
}

export function answerXml(
  exchange: Exchange,
  root: string,
  elements: XmlElements,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = Buffer.from(xmlDocument(root, elements));
  answer(exchange, 200, { 'content-type': 'application/xml', ...headers }, body);
}
