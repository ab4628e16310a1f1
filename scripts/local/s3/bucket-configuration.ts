import { checkPolicy, policyDocument } from './bucket-policy.ts';
import { S3Error } from './error.ts';
import { answer, type Exchange } from './exchange.ts';
import { receiveDocument } from './incoming-body.ts';
import { expiryRules } from './lifecycle-rules.ts';
import { queueNotifications, testMessage } from './notifications.ts';
import { parseXml } from './xml.ts';

type BucketExchange = Exchange & { bucket: string };

/** Configurations are kept as the documents that they came as. */
export const lifecycleDocument = 'LifecycleConfiguration';
export const notificationDocument = 'NotificationConfiguration';

const answerDocument = (exchange: Exchange, document: string): void =>
  answer(exchange, 200, { 'content-type': 'application/xml' }, Buffer.from(document));

export async function putBucketLifecycle(exchange: BucketExchange): Promise<void> {
  const { buckets, bucket, request } = exchange;
  buckets.folder(bucket);
  const document = await receiveDocument(request);
  expiryRules(parseXml(document, lifecycleDocument));
  buckets.metadata.configure(bucket, lifecycleDocument, document);
  answer(exchange, 200);
}

export function getBucketLifecycle(exchange: BucketExchange): void {
  const { buckets, bucket } = exchange;
  buckets.folder(bucket);
  const document = buckets.metadata.configurationOf(bucket, lifecycleDocument);
  if (document === undefined) {
    throw new S3Error(404, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
  }
  answerDocument(exchange, document);
}

export function deleteBucketLifecycle(exchange: BucketExchange): void {
  const { buckets, bucket } = exchange;
  buckets.folder(bucket);
  buckets.metadata.configure(bucket, lifecycleDocument, undefined);
  answer(exchange, 204);
}

/** Each queue that is named gets a test message first: one that cannot be reached is refused. */
export async function putBucketNotification(exchange: BucketExchange): Promise<void> {
  const { buckets, bucket, request, sendToQueue, nowMs } = exchange;
  buckets.folder(bucket);
  const document = await receiveDocument(request);
  for (const { queueArn } of queueNotifications(parseXml(document, notificationDocument))) {
    try {
      if (sendToQueue === undefined) throw new Error('this server has no queues');
      await sendToQueue(queueArn, testMessage(bucket, nowMs()));
    } catch (error) {
      const message = `Unable to validate the destination ${queueArn}: ${(error as Error).message}`;
      throw new S3Error(400, 'InvalidArgument', message);
    }
  }
  buckets.metadata.configure(bucket, notificationDocument, document);
  answer(exchange, 200);
}

export function getBucketNotification(exchange: BucketExchange): void {
  const { buckets, bucket } = exchange;
  buckets.folder(bucket);
  const document = buckets.metadata.configurationOf(bucket, notificationDocument);
  answerDocument(exchange, document ?? `<?xml version="1.0" encoding="UTF-8"?>\n<${notificationDocument}/>`);
}

export async function putBucketPolicy(exchange: BucketExchange): Promise<void> {
  const { buckets, bucket, request } = exchange;
  buckets.folder(bucket);
  const document = await receiveDocument(request);
  checkPolicy(document);
  buckets.metadata.configure(bucket, policyDocument, document);
  answer(exchange, 204);
}

export function getBucketPolicy(exchange: BucketExchange): void {
  const { buckets, bucket } = exchange;
  buckets.folder(bucket);
  const document = buckets.metadata.configurationOf(bucket, policyDocument);
  if (document === undefined) throw new S3Error(404, 'NoSuchBucketPolicy', 'The bucket policy does not exist');
  answer(exchange, 200, { 'content-type': 'application/json' }, Buffer.from(document));
}

export function deleteBucketPolicy(exchange: BucketExchange): void {
  const { buckets, bucket } = exchange;
  buckets.folder(bucket);
  buckets.metadata.configure(bucket, policyDocument, undefined);
  answer(exchange, 204);
}
