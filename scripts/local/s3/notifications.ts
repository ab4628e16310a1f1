import { randomUUID } from 'node:crypto';
import { S3Error } from './error.ts';

/** What a bucket tells a queue of. */
export interface QueueNotification {
  id: string;
  queueArn: string;
  events: readonly string[];
  prefix: string;
  suffix: string;
}

/** Puts a message into the queue with an ARN. */
export type SendToQueue = (queueArn: string, body: string) => Promise<void>;

const knownEvents = ['s3:LifecycleExpiration:*', 's3:LifecycleExpiration:Delete'];
const deletion = 'LifecycleExpiration:Delete';

interface QueueConfiguration {
  Id?: string;
  Queue?: string;
  Event?: string | string[];
  Filter?: { S3Key?: { FilterRule?: FilterRule | FilterRule[] } };
}

interface FilterRule {
  Name: string;
  Value: string;
}

/** What a `NotificationConfiguration` asks for. Throws on what is not implemented: other events, and targets that are no queue. */
export function queueNotifications(configuration: Record<string, unknown>): QueueNotification[] {
  for (const name of Object.keys(configuration)) {
    if (name !== 'QueueConfiguration') {
      throw new S3Error(501, 'NotImplemented', `${name} of a bucket's notifications is not implemented by this server`);
    }
  }
  const configured = [configuration.QueueConfiguration ?? []].flat() as QueueConfiguration[];
  return configured.map(({ Id, Queue, Event, Filter }) => {
    const events = [Event ?? []].flat();
    const unknown = events.filter((event) => !knownEvents.includes(event));
    if (Queue === undefined || events.length === 0 || unknown.length > 0) {
      throw new S3Error(
        501,
        'NotImplemented',
        `expected a queue and events among ${knownEvents.join(', ')}, found ${Queue} and ${events.join(', ')}`,
      );
    }
    const rules = [Filter?.S3Key?.FilterRule ?? []].flat();
    const filterOf = (name: string) => rules.find((rule) => rule.Name.toLowerCase() === name)?.Value ?? '';
    return { id: Id ?? randomUUID(), queueArn: Queue, events, prefix: filterOf('prefix'), suffix: filterOf('suffix') };
  });
}

export const isWanted = ({ prefix, suffix }: QueueNotification, key: string): boolean =>
  key.startsWith(prefix) && key.endsWith(suffix);

/** Keys in events are those of a form: spaces as plus signs, slashes as they are. */
const eventKey = (key: string): string => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');

/** The message about one object that a lifecycle rule has deleted (S3 event message structure). */
export function expiryMessage(bucket: string, key: string, notification: QueueNotification, nowMs: number): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.3',
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventTime: new Date(nowMs).toISOString(),
        eventName: deletion,
        userIdentity: { principalId: 's3.amazonaws.com' },
        requestParameters: { sourceIPAddress: 's3.amazonaws.com' },
        responseElements: { 'x-amz-request-id': randomUUID(), 'x-amz-id-2': randomUUID() },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: notification.id,
          bucket: { name: bucket, ownerIdentity: { principalId: 'local' }, arn: `arn:aws:s3:::${bucket}` },
          object: { key: eventKey(key), sequencer: nowMs.toString(16).toUpperCase().padStart(16, '0') },
        },
      },
    ],
  });
}

/** What S3 sends to a queue when notifications are set up. */
export const testMessage = (bucket: string, nowMs: number): string =>
  JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(nowMs).toISOString(),
    Bucket: bucket,
    RequestId: randomUUID(),
    HostId: randomUUID(),
  });
