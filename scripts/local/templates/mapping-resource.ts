import { z } from 'zod';
import type { DeliveryRules, MappingSpec, StartingPosition } from '../mappings/mapping-spec.ts';
import { nameInArn } from './arn.ts';
import type { PhysicalResource } from './physical-resource.ts';
import { flag, int, propertiesOf } from './properties.ts';
import { queueMappingSpec } from './queue-mapping-resource.ts';
import type { Resolver } from './resolver.ts';

const group = z.object({ ConsumerGroupId: z.string().optional() }).optional();

/** Strict: a property that this machine would pass over silently is an error. */
const mapping = z
  .strictObject({
    FunctionName: z.string(),
    EventSourceArn: z.string().optional(),
    Topics: z.array(z.string()).length(1).optional(),
    SelfManagedEventSource: z.unknown().optional(),
    SelfManagedKafkaEventSourceConfig: group,
    AmazonManagedKafkaEventSourceConfig: group,
    SourceAccessConfigurations: z.unknown().optional(),
    ProvisionedPollerConfig: z
      .object({
        MinimumPollers: int.min(1).max(200).default(1),
        MaximumPollers: int.min(1).max(2000).default(200),
        PollerGroupName: z.string().optional(),
      })
      .refine(({ MinimumPollers, MaximumPollers }) => MinimumPollers <= MaximumPollers, {
        path: ['MaximumPollers'],
        message: 'expected MinimumPollers at least',
      })
      .optional(),
    Enabled: flag.default(true),
    BatchSize: int.min(1).max(10_000).optional(),
    MaximumBatchingWindowInSeconds: int.min(0).max(300).optional(),
    StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']),
    StartingPositionTimestamp: z.coerce.number().optional(),
    ParallelizationFactor: z.literal(1, 'only 1 is supported on this machine').optional(),
    TumblingWindowInSeconds: z.literal(0, 'tumbling windows are not supported on this machine').optional(),
    MaximumRetryAttempts: int.min(-1).max(10_000).optional(),
    MaximumRecordAgeInSeconds: z
      .union([z.literal(-1), int.min(60).max(604_800)], 'expected -1, or 60 to 604800 seconds')
      .optional(),
    BisectBatchOnFunctionError: flag.default(false),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
    DestinationConfig: z
      .strictObject({
        OnFailure: z.strictObject({
          Destination: z.string().regex(/^arn:aws:s3:::/, 'only S3 destinations are supported on this machine'),
        }),
      })
      .optional(),
    KmsKeyArn: z.string().optional(),
    LoggingConfig: z.unknown().optional(),
    MetricsConfig: z.unknown().optional(),
    Tags: z.unknown().optional(),
  })
  .superRefine((value, context) => {
    if (value.StartingPosition === 'AT_TIMESTAMP' && value.StartingPositionTimestamp === undefined) {
      context.addIssue({ code: 'custom', path: ['StartingPositionTimestamp'], message: 'expected with AT_TIMESTAMP' });
    }
    if (value.Topics === undefined || value.ProvisionedPollerConfig !== undefined) return;
    const provisionedOnly = {
      FunctionResponseTypes: value.FunctionResponseTypes.length > 0,
      BisectBatchOnFunctionError: value.BisectBatchOnFunctionError,
      MaximumRetryAttempts: (value.MaximumRetryAttempts ?? -1) !== -1,
      MaximumRecordAgeInSeconds: (value.MaximumRecordAgeInSeconds ?? -1) !== -1,
    };
    for (const [property, given] of Object.entries(provisionedOnly)) {
      if (!given) continue;
      context.addIssue({
        code: 'custom',
        path: [property],
        message: 'expected ProvisionedPollerConfig with it (Kafka)',
      });
    }
  });

type Properties = z.output<typeof mapping>;

function sourceArnOf({ properties, stack }: PhysicalResource, resolver: Resolver): string | undefined {
  return properties.EventSourceArn === undefined ? undefined : resolver.text(properties.EventSourceArn, stack);
}

const defaultKinesisBatch = 100;
const defaultKafkaBatch = 100;
const defaultKafkaWindowMs = 500;
/** A destination takes the endlessness from Kafka's retries. */
const kafkaRetriesWithDestination = 10;

function startingPosition({ StartingPosition, StartingPositionTimestamp }: Properties): StartingPosition {
  return StartingPosition === 'AT_TIMESTAMP'
    ? { type: StartingPosition, timeMs: StartingPositionTimestamp! * 1000 }
    : { type: StartingPosition };
}

function rules(properties: Properties): DeliveryRules {
  const ageS = properties.MaximumRecordAgeInSeconds ?? -1;
  const kafkaDestination = properties.Topics !== undefined && properties.DestinationConfig !== undefined;
  return {
    maxRetryAttempts: properties.MaximumRetryAttempts ?? (kafkaDestination ? kafkaRetriesWithDestination : -1),
    maxRecordAgeMs: ageS < 0 ? -1 : ageS * 1000,
    bisectOnError: properties.BisectBatchOnFunctionError,
    reportItemFailures: properties.FunctionResponseTypes.length > 0,
  };
}

export function mappingSpec(resource: PhysicalResource, resolver: Resolver): MappingSpec {
  if (sourceArnOf(resource, resolver)?.startsWith('arn:aws:sqs:')) return queueMappingSpec(resource, resolver);
  const properties = propertiesOf(resource, mapping, resolver);
  const { Topics, EventSourceArn, DestinationConfig, BatchSize, MaximumBatchingWindowInSeconds: windowS } = properties;
  const id = `${resource.stack.name}.${resource.logicalId}`;
  const common = {
    id,
    functionName: nameInArn(properties.FunctionName),
    enabled: properties.Enabled,
    startingPosition: startingPosition(properties),
    rules: rules(properties),
    ...(DestinationConfig === undefined ? {} : { failureBucket: nameInArn(DestinationConfig.OnFailure.Destination) }),
  };
  if (Topics !== undefined) {
    const kafka = properties.SelfManagedKafkaEventSourceConfig ?? properties.AmazonManagedKafkaEventSourceConfig;
    return {
      ...common,
      kind: 'kafka',
      topic: Topics[0]!,
      consumerGroup: kafka?.ConsumerGroupId ?? id,
      batchSize: BatchSize ?? defaultKafkaBatch,
      windowMs: windowS === undefined ? defaultKafkaWindowMs : windowS * 1000,
      // Pollers do not scale here: they stay as few as they are at rest.
      pollers: properties.ProvisionedPollerConfig?.MinimumPollers ?? 1,
      ...(EventSourceArn === undefined
        ? { eventSource: 'SelfManagedKafka' }
        : { eventSource: 'aws:kafka', clusterArn: EventSourceArn }),
    };
  }
  if (EventSourceArn?.includes(':kinesis:') !== true) {
    const where = `${resource.type} ${resource.logicalId} of stack ${resource.stack.name}`;
    throw new Error(
      `${where}: expected Topics, or the EventSourceArn of a Kinesis stream or a queue, got ${EventSourceArn}`,
    );
  }
  return {
    ...common,
    kind: 'kinesis',
    streamName: nameInArn(EventSourceArn),
    streamArn: EventSourceArn,
    batchSize: BatchSize ?? defaultKinesisBatch,
    windowMs: (windowS ?? 0) * 1000,
  };
}
