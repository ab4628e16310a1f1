import {
  CopyObjectCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { type Fact, outcome, type S3Probe } from './s3-probe.ts';

/** How a server under test is made to let time pass, and the queue that it tells. */
export interface LifecycleHarness {
  queueArn: string;
  /** Bodies of the messages that the queue got since the last call. */
  received(): Promise<string[]>;
  /** What rules ask for is done as if so many days had passed since the start. */
  afterDays(days: number): Promise<void>;
}

interface Notice {
  Records: { eventName: string; s3: { bucket: { name: string }; object: { key: string } } }[];
}

/** Tags of objects, rules by which they expire, and what queues are told. */
export function lifecycleFacts(
  { bucket, client, put, keys }: S3Probe,
  fact: Fact,
  harness: () => LifecycleHarness | undefined,
): void {
  const tagsAt = async (key: string) =>
    (await client().send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }))).TagSet;
  const configure = (...Rules: LifecycleRule[]) =>
    client().send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules } }));
  const data: LifecycleRule = {
    ID: 'data',
    Status: 'Enabled',
    Filter: { And: { Prefix: 'tables/t/', Tags: [{ Key: 'alluvium', Value: 'data-file' }] } },
    Expiration: { Days: 90 },
  };
  const temporary: LifecycleRule = {
    ID: 'temporary',
    Status: 'Enabled',
    Filter: { Prefix: 'tables/t/_delta_log/.tmp/' },
    Expiration: { Days: 30 },
  };
  const timePasses = (): LifecycleHarness => {
    const found = harness();
    if (found === undefined) throw new Error('expected a server whose time can be moved');
    return found;
  };

  fact('tags given at the put are kept, counted for reads, copied, and replaced as a set', async () => {
    await put('tagged/a', 'a', { Tagging: 'alluvium=data-file&with%20space=a%2Bb' });
    // A set: it has no order.
    expect(new Set(await tagsAt('tagged/a'))).toEqual(
      new Set([
        { Key: 'alluvium', Value: 'data-file' },
        { Key: 'with space', Value: 'a+b' },
      ]),
    );
    const head = await client().send(new HeadObjectCommand({ Bucket: bucket, Key: 'tagged/a' }));
    expect(head.TagCount).toBe(2);
    const copy = { Bucket: bucket, Key: 'tagged/b', CopySource: `${bucket}/tagged/a` };
    await client().send(new CopyObjectCommand(copy));
    expect(await tagsAt('tagged/b')).toHaveLength(2);
    const Tagging = { TagSet: [{ Key: 'only', Value: 'one' }] };
    await client().send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'tagged/b', Tagging }));
    expect(await tagsAt('tagged/b')).toEqual(Tagging.TagSet);
  });

  fact('lifecycle rules are read back as they were put, until they are deleted', async () => {
    await configure(data, temporary);
    const rules = async () =>
      (await client().send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))).Rules;
    expect(await rules()).toEqual([data, temporary]);
    await client().send(new DeleteBucketLifecycleCommand({ Bucket: bucket }));
    expect(await outcome(rules())).toEqual({ status: 404, name: 'NoSuchLifecycleConfiguration' });
  });

  fact('a lifecycle rule of no whole day is refused', async () => {
    const none = { ...data, Expiration: { Days: 0 } };
    expect(await outcome(configure(none))).toMatchObject({ status: 400, name: 'InvalidArgument' });
  });

  fact('lifecycle deletes: what has the prefix and the tag, at the midnight after its last day', async () => {
    await configure(data, temporary);
    const { afterDays } = timePasses();
    const Tagging = 'alluvium=data-file';
    await put('tables/t/day=1/part-1.parquet', '1', { Tagging });
    await put('tables/t/part-2.parquet', '2');
    await put('tables/t/_delta_log/00000000000000000000.json', '{}');
    await put('tables/t/_delta_log/.tmp/0.json.1', '{}');
    await put('tables/u/part-3.parquet', '3', { Tagging });
    await afterDays(29);
    expect(await keys({ Prefix: 'tables/' })).toHaveLength(5);
    await afterDays(32);
    expect(await keys({ Prefix: 'tables/' })).toHaveLength(4);
    await afterDays(89);
    expect(await keys({ Prefix: 'tables/' })).toHaveLength(4);
    await afterDays(92);
    expect(await keys({ Prefix: 'tables/' })).toEqual([
      'tables/t/_delta_log/00000000000000000000.json',
      'tables/t/part-2.parquet',
      'tables/u/part-3.parquet',
    ]);
  });

  fact('lifecycle deletes: s3:LifecycleExpiration:Delete to SQS', async () => {
    await configure(data);
    const { queueArn, received, afterDays } = timePasses();
    await client().send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Id: 'expired',
              QueueArn: queueArn,
              Events: ['s3:LifecycleExpiration:*'],
              Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'tables/' }] } },
            },
          ],
        },
      }),
    );
    const kept = await client().send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
    expect(kept.QueueConfigurations).toMatchObject([
      { Id: 'expired', QueueArn: queueArn, Events: ['s3:LifecycleExpiration:*'] },
    ]);
    expect((await received()).map((body) => JSON.parse(body))).toMatchObject([
      { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: bucket },
    ]);
    await put('tables/t/day=2026-11-21/a b+c é.parquet', '1', { Tagging: 'alluvium=data-file' });
    await afterDays(92);
    const [notice, ...more] = (await received()).map((body) => JSON.parse(body) as Notice);
    expect(more).toEqual([]);
    expect(notice?.Records).toMatchObject([
      { eventName: 'LifecycleExpiration:Delete', s3: { bucket: { name: bucket } } },
    ]);
    const key = notice!.Records[0]!.s3.object.key;
    expect(key).toBe('tables/t/day%3D2026-11-21/a+b%2Bc+%C3%A9.parquet');
    await afterDays(92);
    expect(await received()).toEqual([]);
  });

  fact('notifications to a queue that is not there are refused', async () => {
    const QueueConfigurations = [
      { QueueArn: 'arn:aws:sqs:us-east-1:000000000000:none', Events: ['s3:LifecycleExpiration:*' as const] },
    ];
    const command = new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: { QueueConfigurations },
    });
    expect(await outcome(client().send(command))).toEqual({ status: 400, name: 'InvalidArgument' });
  });
}
