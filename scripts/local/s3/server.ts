import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Address, addressOf } from './address.ts';
import {
  deleteBucketLifecycle,
  deleteBucketPolicy,
  getBucketLifecycle,
  getBucketNotification,
  getBucketPolicy,
  putBucketLifecycle,
  putBucketNotification,
  putBucketPolicy,
} from './bucket-configuration.ts';
import {
  createBucket,
  deleteBucket,
  deleteObjects,
  headBucket,
  listBuckets,
  listObjects,
} from './bucket-operations.ts';
import { enforcePolicy } from './bucket-policy.ts';
import { Buckets } from './buckets.ts';
import { S3Error } from './error.ts';
import { answer, answerXml, type Exchange, type ObjectExchange } from './exchange.ts';
import { expireObjects } from './expire-objects.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart-operations.ts';
import type { SendToQueue } from './notifications.ts';
import { copyObject, deleteObject, getObject, putObject } from './object-operations.ts';
import { getObjectTagging, putObjectTagging } from './tags.ts';
import { xmlDocument } from './xml.ts';

/** What happens to a request instead of the plain answer: a refusal before it has any effect, or an answer lost after it. */
export type Interference = { refuse: S3Error } | 'loseAnswer';

export interface S3Options {
  /** 0 takes a free one. */
  port: number;
  /** Folder of the buckets; an object lies at `<root>/<bucket>/<key>`. */
  root: string;
  /** Asked before each request; for tests of clients. */
  interfere?: (method: string, address: Address) => Interference | undefined;
  log?: (line: string) => void;
  /** Where notifications of buckets go. Absent: a bucket that asks for some is refused. */
  sendToQueue?: SendToQueue;
  /** The time that stamps objects and by which they expire; the machine's own without it. */
  nowMs?: () => number;
}

export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  /** Deletes what lifecycle rules let expire, now rather than within the hour; answers how many objects. */
  expireObjects(): Promise<number>;
  close(): Promise<void>;
}

type Handler<E> = (exchange: E) => void | Promise<void>;

const notImplemented = (what: string) =>
  new S3Error(501, 'NotImplemented', `${what} is not implemented by this server`);

/** Query parameters that turn a request into another operation, answered only where a handler names them. */
const subresources = [
  'acl',
  'analytics',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'partNumber',
  'policy',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
];

const bucketHandlers: Record<string, Handler<Exchange & { bucket: string }>> = {
  PUT: createBucket,
  HEAD: headBucket,
  DELETE: deleteBucket,
  GET: listObjects,
  'POST delete': deleteObjects,
  'GET uploads': listMultipartUploads,
  'PUT lifecycle': putBucketLifecycle,
  'GET lifecycle': getBucketLifecycle,
  'DELETE lifecycle': deleteBucketLifecycle,
  'PUT notification': putBucketNotification,
  'PUT policy': putBucketPolicy,
  'GET policy': getBucketPolicy,
  'DELETE policy': deleteBucketPolicy,
  'GET notification': getBucketNotification,
  'GET location': (exchange) => {
    exchange.buckets.folder(exchange.bucket);
    answerXml(exchange, 'LocationConstraint', {});
  },
  'GET versioning': (exchange) => {
    exchange.buckets.folder(exchange.bucket);
    answerXml(exchange, 'VersioningConfiguration', {});
  },
};

const isCopy = ({ request }: Exchange): boolean => request.headers['x-amz-copy-source'] !== undefined;

const objectHandlers: Record<string, Handler<ObjectExchange>> = {
  PUT: (exchange) => (isCopy(exchange) ? copyObject(exchange) : putObject(exchange)),
  GET: getObject,
  HEAD: getObject,
  DELETE: deleteObject,
  'GET tagging': getObjectTagging,
  'PUT tagging': putObjectTagging,
  'POST uploads': createMultipartUpload,
  'PUT partNumber uploadId': (exchange) => (isCopy(exchange) ? uploadPartCopy(exchange) : uploadPart(exchange)),
  'POST uploadId': completeMultipartUpload,
  'DELETE uploadId': abortMultipartUpload,
  'GET uploadId': listParts,
};

/** What a bucket's policy calls a request about an object. */
const objectActions: Record<string, string> = {
  PUT: 's3:PutObject',
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  DELETE: 's3:DeleteObject',
  'GET tagging': 's3:GetObjectTagging',
  'PUT tagging': 's3:PutObjectTagging',
  'POST uploads': 's3:PutObject',
  'PUT partNumber uploadId': 's3:PutObject',
  'POST uploadId': 's3:PutObject',
  'DELETE uploadId': 's3:AbortMultipartUpload',
  'GET uploadId': 's3:ListMultipartUploadParts',
};

async function handle(exchange: Exchange): Promise<void> {
  const { request, bucket, key, query } = exchange;
  const operation = [request.method, ...subresources.filter((name) => query.has(name))].join(' ');
  if (bucket === undefined) {
    if (operation !== 'GET') throw notImplemented(`${operation} of the service`);
    return listBuckets(exchange);
  }
  const handler = key === undefined ? bucketHandlers[operation] : objectHandlers[operation];
  if (handler === undefined) throw notImplemented(`${operation} of ${key === undefined ? 'a bucket' : 'an object'}`);
  const action = key === undefined ? undefined : objectActions[operation];
  if (action !== undefined) enforcePolicy({ ...exchange, bucket }, action, operation, key);
  await handler({ ...exchange, bucket, key: key ?? '' });
}

function refuse(exchange: Exchange, error: S3Error): void {
  const { request, response, bucket, key } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // The rest of a refused body is read and thrown away, so that the client hears the answer.
  request.resume();
  const { status, code, message } = error;
  const RequestId = String(response.getHeader('x-amz-request-id'));
  const body = Buffer.from(
    xmlDocument('Error', { Code: code, Message: message, BucketName: bucket, Key: key, RequestId }),
  );
  const headers = { 'content-type': 'application/xml', 'content-length': body.length };
  if (request.method === 'HEAD') answer(exchange, status, { 'content-type': 'application/xml' });
  else answer(exchange, status, headers, body);
}

/** The connection ends where the answer would begin. */
function muffle(response: ServerResponse): void {
  response.writeHead = () => response.destroy();
}

const hourMs = 3_600_000;

const noQueues: SendToQueue = (queueArn) => Promise.reject(new Error(`this server has no queues: no ${queueArn}`));

/** S3 on the loopback interface: any client, any credentials, path-style or `<bucket>.localhost`. */
export async function startS3(options: S3Options): Promise<S3Server> {
  const { port, root, interfere, log = console.error, sendToQueue, nowMs = Date.now } = options;
  const buckets = new Buckets(root, options.nowMs);
  const world = { buckets, sendToQueue, nowMs };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('x-amz-request-id', randomUUID());
    response.setHeader('server', 'AlluviumLocalS3');
    let address: Address = { query: new URLSearchParams() };
    try {
      address = addressOf(request);
      const interference = interfere?.(request.method ?? '', address);
      if (typeof interference === 'object') throw interference.refuse;
      if (interference === 'loseAnswer') muffle(response);
      await handle({ ...address, request, response, ...world });
    } catch (error) {
      if (request.errored || response.destroyed) return;
      if (!(error instanceof S3Error)) log(`S3 ${request.method} ${request.url}: ${(error as Error).stack}`);
      const refusal =
        error instanceof S3Error ? error : new S3Error(500, 'InternalError', `unexpected: ${(error as Error).message}`);
      refuse({ ...address, request, response, ...world }, refusal);
    }
  };
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
    serve(request, response).catch((error: unknown) => log(`S3: ${String(error)}`));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    buckets.close();
    throw error;
  }
  const expire = () => expireObjects(buckets, sendToQueue ?? noQueues, nowMs());
  const hourly = setInterval(() => expire().catch((error: unknown) => log(`S3 lifecycle: ${String(error)}`)), hourMs);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    expireObjects: expire,
    close: () =>
      new Promise((resolve) => {
        clearInterval(hourly);
        server.close(() => {
          buckets.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
