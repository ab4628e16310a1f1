/** One message of the queue that S3 tells of expired objects. */
export interface ExpiryMessage {
  messageId: string;
  body: string;
}

/** Objects of one table that S3 says it has deleted. */
export interface ExpiredObjects {
  /** Within the table, decoded. */
  paths: Set<string>;
  messageIds: Set<string>;
}

interface S3Event {
  /** Only of the message that S3 sends when it is told of the queue. */
  Event?: string;
  Records?: { eventName?: string; s3?: { object?: { key?: string } } }[];
}

const expiry = /^LifecycleExpiration:/;
const dataFile = /^tables\/([^/]+)\/(?!_delta_log\/)(.+)$/;

/**
 * Expired data files by the name of their table. What a log lets go of, and S3's test message, are nobody's concern.
 * `unread`: messages that are no S3 event of an expiry, by what they lack.
 */
export function expiredObjects(messages: readonly ExpiryMessage[]): {
  byTable: Map<string, ExpiredObjects>;
  unread: Map<string, string>;
} {
  const byTable = new Map<string, ExpiredObjects>();
  const unread = new Map<string, string>();
  for (const { messageId, body } of messages) {
    const keys = keysOf(body);
    if (typeof keys === 'string') {
      unread.set(messageId, keys);
      continue;
    }
    for (const key of keys) {
      const [, table, path] = dataFile.exec(key) ?? [];
      if (table === undefined || path === undefined) continue;
      const objects = byTable.get(table) ?? { paths: new Set(), messageIds: new Set() };
      byTable.set(table, objects);
      objects.paths.add(path);
      objects.messageIds.add(messageId);
    }
  }
  return { byTable, unread };
}

/** Keys of the deleted objects, or what is wrong. Events hold keys as forms do: percent-encoded, spaces as plus signs. */
function keysOf(body: string): string[] | string {
  let event: S3Event;
  try {
    event = JSON.parse(body) as S3Event;
  } catch {
    return `expected JSON, got ${body.slice(0, 100)}`;
  }
  if (event?.Event === 's3:TestEvent') return [];
  if (!Array.isArray(event?.Records)) return `expected an S3 event with Records, got ${body.slice(0, 100)}`;
  const keys: string[] = [];
  for (const { eventName, s3 } of event.Records) {
    const key = s3?.object?.key;
    if (eventName === undefined || !expiry.test(eventName) || key === undefined) {
      return `expected LifecycleExpiration events with s3.object.key, got ${eventName} of ${key}`;
    }
    try {
      keys.push(decodeURIComponent(key.replaceAll('+', ' ')));
    } catch {
      return `expected a percent-encoded key, got ${key}`;
    }
  }
  return keys;
}
