import { lifecycleDocument, notificationDocument } from './bucket-configuration.ts';
import type { Buckets, StoredObject } from './buckets.ts';
import { writeCondition } from './conditions.ts';
import { S3Error } from './error.ts';
import { type ExpiryRule, expiryRules, isExpired } from './lifecycle-rules.ts';
import { list } from './listing.ts';
import {
  expiryMessage,
  isWanted,
  type QueueNotification,
  queueNotifications,
  type SendToQueue,
} from './notifications.ts';
import { tagsOf } from './tags.ts';
import { parseXml } from './xml.ts';

/**
 * Deletes what the lifecycle rules of all buckets let expire by `nowMs`, and tells the queues that their notifications name.
 * @returns how many objects were deleted
 */
export async function expireObjects(buckets: Buckets, sendToQueue: SendToQueue, nowMs: number): Promise<number> {
  let expired = 0;
  for (const bucket of buckets.names()) {
    const configured = (name: string) => buckets.metadata.configurationOf(bucket, name);
    const notification = configured(notificationDocument);
    const notifications =
      notification === undefined ? [] : queueNotifications(parseXml(notification, notificationDocument));
    const lifecycle = configured(lifecycleDocument);
    for (const rule of lifecycle === undefined ? [] : expiryRules(parseXml(lifecycle, lifecycleDocument))) {
      expired += await expireByRule(buckets, bucket, rule, notifications, sendToQueue, nowMs);
    }
  }
  return expired;
}

async function expireByRule(
  buckets: Buckets,
  bucket: string,
  rule: ExpiryRule,
  notifications: readonly QueueNotification[],
  sendToQueue: SendToQueue,
  nowMs: number,
): Promise<number> {
  let expired = 0;
  for await (const object of objectsUnder(buckets, bucket, rule.prefix)) {
    const { key, etag, headers } = object;
    if (!isExpired({ ...object, tags: tagsOf(headers) }, rule, nowMs)) continue;
    try {
      buckets.delete(bucket, key, writeCondition({ 'if-match': etag }));
    } catch (error) {
      /** Replaced or deleted since it was listed. */
      if (error instanceof S3Error) continue;
      throw error;
    }
    expired += 1;
    for (const notification of notifications) {
      if (isWanted(notification, key)) {
        await sendToQueue(notification.queueArn, expiryMessage(bucket, key, notification, nowMs));
      }
    }
  }
  return expired;
}

async function* objectsUnder(buckets: Buckets, bucket: string, prefix: string): AsyncGenerator<StoredObject> {
  let startAfter: string | undefined = '';
  while (startAfter !== undefined) {
    const page = await list(buckets, bucket, { prefix, delimiter: '', startAfter, maxKeys: 1000 });
    yield* page.objects;
    startAfter = page.next;
  }
}
