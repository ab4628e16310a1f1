import { CreateTableCommand, type DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, IncreaseStreamRetentionPeriodCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import {
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  type QueueConfiguration,
  type S3Client,
  type Event as S3Event,
} from '@aws-sdk/client-s3';
import type { QueueSpec } from '../sqs/queue-spec.ts';
import type {
  BucketPolicySpec,
  BucketSpec,
  LifecycleRuleSpec,
  QueueNotificationSpec,
  StreamSpec,
  TableSpec,
} from '../templates/storage-resources.ts';

/** Whether something was made; false when it was there from an earlier run. */
async function make(creation: Promise<unknown>, existsErrors: readonly string[]): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if (error instanceof Error && existsErrors.includes(error.name)) return false;
    throw error;
  }
}

/** The bucket with the rules and notifications that the template has now. */
export async function createBucket(
  s3: S3Client,
  { name: Bucket, lifecycleRules, notifications }: BucketSpec,
): Promise<void> {
  await make(s3.send(new CreateBucketCommand({ Bucket })), ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);
  await s3.send(
    lifecycleRules.length === 0
      ? new DeleteBucketLifecycleCommand({ Bucket })
      : new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: { Rules: lifecycleRules.map(lifecycleRule) },
        }),
  );
  const NotificationConfiguration = { QueueConfigurations: notifications.map(queueConfiguration) };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

/** The bucket's policy as the template has it now. */
export async function createBucketPolicy(
  s3: S3Client,
  { name: Bucket }: BucketSpec,
  policies: readonly BucketPolicySpec[],
): Promise<void> {
  const policy = policies.find(({ bucketName }) => bucketName === Bucket);
  if (policy === undefined) await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  else await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy.document }));
}

/** CloudFormation's words in those of S3's own interface. */
function lifecycleRule(rule: LifecycleRuleSpec): LifecycleRule {
  const { Id, Status, ExpirationInDays, AbortIncompleteMultipartUpload, TagFilters, ...conditions } = rule;
  return {
    ID: Id,
    Status,
    Filter: { And: { ...conditions, Tags: TagFilters } },
    ...(ExpirationInDays === undefined ? {} : { Expiration: { Days: ExpirationInDays } }),
    ...(AbortIncompleteMultipartUpload === undefined ? {} : { AbortIncompleteMultipartUpload }),
  };
}

const queueConfiguration = ({ Event, Queue, Filter }: QueueNotificationSpec): QueueConfiguration => ({
  QueueArn: Queue,
  Events: [Event as S3Event],
  ...(Filter === undefined
    ? {}
    : {
        Filter: {
          Key: { FilterRules: Filter.S3Key.Rules.map(({ Name, Value }) => ({ Name: Name as 'prefix', Value })) },
        },
      }),
});

/** In an order in which each queue that another redrives to is there before it. */
export const deadLettersFirst = (queues: readonly QueueSpec[]): QueueSpec[] =>
  queues.toSorted((a, b) => Number(a.redrive !== undefined) - Number(b.redrive !== undefined));

export async function createTable(dynamodb: DynamoDBClient, spec: TableSpec): Promise<void> {
  const { StreamSpecification: stream, TimeToLiveSpecification: timeToLive } = spec;
  const made = await make(
    dynamodb.send(
      new CreateTableCommand({
        TableName: spec.name,
        KeySchema: spec.KeySchema,
        AttributeDefinitions: spec.AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: spec.GlobalSecondaryIndexes,
        LocalSecondaryIndexes: spec.LocalSecondaryIndexes,
        ...(stream === undefined ? {} : { StreamSpecification: { StreamEnabled: true, ...stream } }),
      }),
    ),
    ['ResourceInUseException'],
  );
  if (!made || timeToLive?.AttributeName === undefined) return;
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: spec.name,
      TimeToLiveSpecification: { AttributeName: timeToLive.AttributeName, Enabled: true },
    }),
  );
}

const defaultRetentionHours = 24;

export async function createStream(
  kinesis: KinesisClient,
  { name, shards, retentionHours }: StreamSpec,
): Promise<void> {
  const mode = shards === undefined ? ({ StreamMode: 'ON_DEMAND' } as const) : ({ StreamMode: 'PROVISIONED' } as const);
  const made = await make(
    kinesis.send(
      new CreateStreamCommand({
        StreamName: name,
        StreamModeDetails: mode,
        ...(shards === undefined ? {} : { ShardCount: shards }),
      }),
    ),
    ['ResourceInUseException'],
  );
  if (!made || retentionHours <= defaultRetentionHours) return;
  await kinesis.send(
    new IncreaseStreamRetentionPeriodCommand({ StreamName: name, RetentionPeriodHours: retentionHours }),
  );
}
