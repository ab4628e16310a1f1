import { z } from 'zod';
import type { QueueSpec } from '../sqs/queue-spec.ts';
import { nameInArn } from './arn.ts';
import type { PhysicalResource } from './physical-resource.ts';
import { int, propertiesOf } from './properties.ts';
import type { Resolver } from './resolver.ts';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const index = z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: z.looseObject({}) });

const table = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z.array(index).optional(),
  LocalSecondaryIndexes: z.array(index).optional(),
  StreamSpecification: z
    .object({ StreamViewType: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']) })
    .optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string().optional() }).optional(),
});

export interface TableSpec extends z.output<typeof table> {
  name: string;
  arn: string;
}

export const tableSpec = (resource: PhysicalResource, resolver: Resolver): TableSpec => ({
  ...propertiesOf(resource, table, resolver),
  name: resolver.nameOf(resource),
  arn: resolver.arnOf(resource),
});

const stream = z.object({
  ShardCount: int.optional(),
  RetentionPeriodHours: int.optional(),
  StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }).optional(),
});

export interface StreamSpec {
  name: string;
  arn: string;
  /** Undefined: on demand. */
  shards?: number;
  retentionHours: number;
}

const defaultRetentionHours = 24;

export function streamSpec(resource: PhysicalResource, resolver: Resolver): StreamSpec {
  const { ShardCount, RetentionPeriodHours, StreamModeDetails } = propertiesOf(resource, stream, resolver);
  return {
    name: resolver.nameOf(resource),
    arn: resolver.arnOf(resource),
    ...(StreamModeDetails?.StreamMode === 'ON_DEMAND' ? {} : { shards: ShardCount ?? 1 }),
    retentionHours: RetentionPeriodHours ?? defaultRetentionHours,
  };
}

const conditions = {
  Prefix: z.string().optional(),
  TagFilters: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
  ObjectSizeGreaterThan: int.optional(),
  ObjectSizeLessThan: int.optional(),
};

/** Strict: an action that this machine would pass over silently is an error. */
const lifecycleRule = z.strictObject({
  Id: z.string(),
  Status: z.enum(['Enabled', 'Disabled']),
  ...conditions,
  ExpirationInDays: int.optional(),
  AbortIncompleteMultipartUpload: z.object({ DaysAfterInitiation: int }).optional(),
});

const queueNotification = z.object({
  Event: z.string(),
  Queue: z.string(),
  Filter: z
    .object({ S3Key: z.object({ Rules: z.array(z.object({ Name: z.string(), Value: z.string() })) }) })
    .optional(),
});

const bucket = z.object({
  LifecycleConfiguration: z.object({ Rules: z.array(lifecycleRule) }).optional(),
  NotificationConfiguration: z
    .strictObject({ QueueConfigurations: z.array(queueNotification) }, 'only queues are supported on this machine')
    .optional(),
});

export type LifecycleRuleSpec = z.output<typeof lifecycleRule>;
export type QueueNotificationSpec = z.output<typeof queueNotification>;

export interface BucketSpec {
  name: string;
  lifecycleRules: LifecycleRuleSpec[];
  notifications: QueueNotificationSpec[];
}

export function bucketSpec(resource: PhysicalResource, resolver: Resolver): BucketSpec {
  const { LifecycleConfiguration, NotificationConfiguration } = propertiesOf(resource, bucket, resolver);
  return {
    name: resolver.nameOf(resource),
    lifecycleRules: LifecycleConfiguration?.Rules ?? [],
    notifications: NotificationConfiguration?.QueueConfigurations ?? [],
  };
}

const bucketPolicy = z.object({ Bucket: z.string(), PolicyDocument: z.looseObject({}) });

export interface BucketPolicySpec {
  bucketName: string;
  /** JSON text. */
  document: string;
}

export function bucketPolicySpec(resource: PhysicalResource, resolver: Resolver): BucketPolicySpec {
  const { Bucket, PolicyDocument } = propertiesOf(resource, bucketPolicy, resolver);
  return { bucketName: Bucket, document: JSON.stringify(PolicyDocument) };
}

/** Strict, but for encryption and tags. */
const queue = z.strictObject({
  QueueName: z.string().optional(),
  FifoQueue: z.literal(false, 'only standard queues are supported on this machine').optional(),
  VisibilityTimeout: int.default(30),
  MessageRetentionPeriod: int.default(345_600),
  DelaySeconds: int.default(0),
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: int }).optional(),
  SqsManagedSseEnabled: z.unknown().optional(),
  KmsMasterKeyId: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

export function queueSpec(resource: PhysicalResource, resolver: Resolver): QueueSpec {
  const { VisibilityTimeout, MessageRetentionPeriod, DelaySeconds, RedrivePolicy } = propertiesOf(
    resource,
    queue,
    resolver,
  );
  return {
    name: resolver.nameOf(resource),
    arn: resolver.arnOf(resource),
    visibilityTimeoutS: VisibilityTimeout,
    retentionS: MessageRetentionPeriod,
    delayS: DelaySeconds,
    ...(RedrivePolicy === undefined
      ? {}
      : {
          redrive: {
            deadLetterQueue: nameInArn(RedrivePolicy.deadLetterTargetArn),
            maxReceives: RedrivePolicy.maxReceiveCount,
          },
        }),
  };
}
