import { enforcePolicy } from './bucket-policy.ts';
import { writeCondition } from './conditions.ts';
import { invalidArgument, S3Error } from './error.ts';
import { answer, answerXml, type Exchange, isoSeconds, quoted } from './exchange.ts';
import { receiveDocument } from './incoming-body.ts';
import { type Listing, list } from './listing.ts';
import { parseXml } from './xml.ts';

type BucketExchange = Exchange & { bucket: string };

export function listBuckets(exchange: Exchange): void {
  const Bucket = exchange.buckets.names().map((Name) => ({ Name, CreationDate: isoSeconds(0) }));
  answerXml(exchange, 'ListAllMyBucketsResult', { Owner: { ID: 'local' }, Buckets: { Bucket } });
}

export function createBucket(exchange: BucketExchange): void {
  exchange.request.resume();
  exchange.buckets.create(exchange.bucket);
  answer(exchange, 200, { location: `/${exchange.bucket}` });
}

export function headBucket(exchange: BucketExchange): void {
  exchange.buckets.folder(exchange.bucket);
  answer(exchange, 200, { 'x-amz-bucket-region': 'us-east-1' });
}

export function deleteBucket(exchange: BucketExchange): void {
  exchange.buckets.remove(exchange.bucket);
  answer(exchange, 204);
}

function maxKeysOf(query: URLSearchParams): number {
  const text = query.get('max-keys') ?? '1000';
  if (!/^\d+$/.test(text)) throw invalidArgument(`max-keys ${JSON.stringify(text)}: expected an integer of 0 or more`);
  return Math.min(Number(text), 1000);
}

const tokenOf = (key: string) => Buffer.from(key).toString('base64url');
const keyOf = (token: string): string => {
  const key = Buffer.from(token, 'base64url').toString();
  if (tokenOf(key) !== token) throw invalidArgument('The continuation token provided is incorrect');
  return key;
};

/** ListObjectsV2, and ListObjects with its markers. */
export async function listObjects(exchange: BucketExchange): Promise<void> {
  const { query, buckets, bucket } = exchange;
  const isV2 = query.get('list-type') === '2';
  const token = query.get('continuation-token');
  const startAfter = (isV2 ? query.get('start-after') : query.get('marker')) ?? '';
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = maxKeysOf(query);
  const listing = await list(buckets, bucket, {
    prefix,
    delimiter,
    startAfter: token === null ? startAfter : keyOf(token),
    maxKeys,
  });
  const isUrlEncoded = query.get('encoding-type') === 'url';
  const encode = (key: string) => (isUrlEncoded ? encodeURIComponent(key).replaceAll('%2F', '/') : key);
  const given = (name: string) => (query.get(name) === null ? undefined : encode(query.get(name)!));
  answerXml(exchange, 'ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: given('delimiter'),
    MaxKeys: maxKeys,
    EncodingType: isUrlEncoded ? 'url' : undefined,
    ...(isV2
      ? pageV2(listing, query, given)
      : { Marker: encode(startAfter), NextMarker: listing.next && encode(listing.next) }),
    IsTruncated: listing.next !== undefined,
    Contents: listing.objects.map(({ key, etag, sizeBytes, lastModifiedMs }) => ({
      Key: encode(key),
      LastModified: isoSeconds(lastModifiedMs),
      ETag: quoted(etag),
      Size: sizeBytes,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: listing.commonPrefixes.map((commonPrefix) => ({ Prefix: encode(commonPrefix) })),
  });
}

function pageV2(listing: Listing, query: URLSearchParams, given: (name: string) => string | undefined) {
  return {
    StartAfter: given('start-after'),
    ContinuationToken: query.get('continuation-token') ?? undefined,
    NextContinuationToken: listing.next === undefined ? undefined : tokenOf(listing.next),
    KeyCount: listing.objects.length + listing.commonPrefixes.length,
  };
}

/** DeleteObjects: each key answers for itself. */
export async function deleteObjects(exchange: BucketExchange): Promise<void> {
  const { buckets, bucket, request } = exchange;
  buckets.folder(bucket);
  const { Object: objects = [], Quiet } = parseXml(await receiveDocument(request), 'Delete') as {
    Object?: { Key: string; ETag?: string }[];
    Quiet?: string;
  };
  if (objects.length < 1 || objects.length > 1000) {
    throw new S3Error(400, 'MalformedXML', `expected 1 to 1000 objects to delete, found ${objects.length}`);
  }
  const deleted: { Key: string }[] = [];
  const errors: { Key: string; Code: string; Message: string }[] = [];
  for (const { Key, ETag } of objects) {
    try {
      enforcePolicy(exchange, 's3:DeleteObject', 'DELETE', Key);
      await buckets.find(bucket, Key);
      buckets.delete(bucket, Key, writeCondition(ETag === undefined ? {} : { 'if-match': ETag }));
      deleted.push({ Key });
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      errors.push({ Key, Code: error.code, Message: error.message });
    }
  }
  answerXml(exchange, 'DeleteResult', { Deleted: Quiet === 'true' ? [] : deleted, Error: errors });
}
