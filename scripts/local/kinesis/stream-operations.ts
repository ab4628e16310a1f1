import { z } from 'zod';
import { type Operation, operation, streamModeDetails, streamName, streamReference } from './inputs.ts';
import { KinesisError } from './kinesis-error.ts';
import type { Stream } from './stream.ts';
import { type Streams, streamArn } from './streams.ts';

const retention = z.object({ ...streamReference, RetentionPeriodHours: z.int() });
const tagReference = z.object({ ...streamReference, ResourceARN: z.string().optional() });

const describe = ({ settings }: Stream): object => ({
  StreamName: settings.name,
  StreamARN: streamArn(settings.name),
  StreamStatus: 'ACTIVE',
  StreamModeDetails: { StreamMode: settings.mode },
  RetentionPeriodHours: settings.retentionHours,
  StreamCreationTimestamp: new Date(settings.createdMs),
  EncryptionType: 'NONE',
});

function setRetention(stream: Stream, hours: number, direction: 'Increase' | 'Decrease'): object {
  const now = stream.settings.retentionHours;
  const wrongWay = direction === 'Increase' ? hours < now : hours > now;
  if (hours < 24 || hours > 8760 || wrongWay) {
    throw new KinesisError(
      'InvalidArgumentException',
      `${direction}StreamRetentionPeriod of stream ${stream.settings.name} to ${hours} hours: expected 24 to 8760 hours and ${direction === 'Increase' ? 'no fewer' : 'no more'} than the present ${now}`,
    );
  }
  stream.settings.retentionHours = hours;
  stream.save();
  return {};
}

/** Operations on streams as a whole. */
export const streamOperations = (streams: Streams): Record<string, Operation> => ({
  CreateStream: operation(
    z.object({
      StreamName: streamName,
      ShardCount: z.int().min(1).max(10_000).optional(),
      StreamModeDetails: streamModeDetails.optional(),
      MaxRecordSizeInKiB: z.int().min(1024).max(10_240).optional(),
      Tags: z.record(z.string(), z.string()).optional(),
    }),
    ({ StreamName, ShardCount, StreamModeDetails, MaxRecordSizeInKiB, Tags }, nowMs) => {
      const mode = StreamModeDetails?.StreamMode ?? 'PROVISIONED';
      if (mode === 'PROVISIONED' && ShardCount === undefined) {
        throw new KinesisError(
          'InvalidArgumentException',
          `ShardCount is missing: expected 1 or more for ${StreamName}`,
        );
      }
      const settings = {
        name: StreamName,
        createdMs: nowMs,
        mode,
        retentionHours: 24,
        maxRecordKiB: MaxRecordSizeInKiB ?? 1024,
        consumers: [],
        tags: Tags ?? {},
      };
      streams.create(settings, ShardCount ?? 4);
      return {};
    },
  ),
  DeleteStream: operation(
    z.object({ ...streamReference, EnforceConsumerDeletion: z.boolean().nullish() }),
    ({ EnforceConsumerDeletion, ...reference }) => {
      const stream = streams.get(reference);
      if (stream.settings.consumers.length > 0 && !EnforceConsumerDeletion) {
        throw new KinesisError(
          'ResourceInUseException',
          `Stream ${stream.settings.name} has ${stream.settings.consumers.length} registered consumers: expected none, or EnforceConsumerDeletion`,
        );
      }
      streams.delete(stream);
      return {};
    },
  ),
  DescribeStreamSummary: operation(z.object(streamReference), (reference) => {
    const stream = streams.get(reference);
    return {
      StreamDescriptionSummary: {
        ...describe(stream),
        EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
        OpenShardCount: stream.openShards.length,
        ConsumerCount: stream.settings.consumers.length,
        MaxRecordSizeInKiB: stream.settings.maxRecordKiB,
      },
    };
  }),
  ListStreams: operation(
    z.object({
      Limit: z.int().min(1).max(10_000).optional(),
      ExclusiveStartStreamName: z.string().optional(),
      NextToken: z.string().optional(),
    }),
    ({ Limit = 100, ExclusiveStartStreamName, NextToken }) => {
      const after = NextToken ?? ExclusiveStartStreamName ?? '';
      const names = streams.names.filter((name) => name > after);
      const page = names.slice(0, Limit);
      const more = names.length > page.length;
      return {
        StreamNames: page,
        HasMoreStreams: more,
        NextToken: more ? page.at(-1) : undefined,
        StreamSummaries: page.map((name) => describe(streams.get({ StreamName: name }))),
      };
    },
  ),
  IncreaseStreamRetentionPeriod: operation(retention, ({ RetentionPeriodHours, ...reference }) =>
    setRetention(streams.get(reference), RetentionPeriodHours, 'Increase'),
  ),
  DecreaseStreamRetentionPeriod: operation(retention, ({ RetentionPeriodHours, ...reference }) =>
    setRetention(streams.get(reference), RetentionPeriodHours, 'Decrease'),
  ),
  UpdateMaxRecordSize: operation(
    z.object({ ...streamReference, MaxRecordSizeInKiB: z.int().min(1024).max(10_240) }),
    ({ MaxRecordSizeInKiB, ...reference }) => {
      const stream = streams.get(reference);
      stream.settings.maxRecordKiB = MaxRecordSizeInKiB;
      stream.save();
      return {};
    },
  ),
  UpdateStreamMode: operation(
    z.object({ ...streamReference, StreamModeDetails: streamModeDetails }),
    ({ StreamModeDetails, ...reference }) => {
      const stream = streams.get(reference);
      stream.settings.mode = StreamModeDetails.StreamMode;
      stream.save();
      return {};
    },
  ),
  DescribeLimits: operation(z.object({}), () => ({
    ShardLimit: 10_000,
    OpenShardCount: streams.openShardCount,
    OnDemandStreamCount: streams.names.filter((name) => streams.get({ StreamName: name }).settings.mode === 'ON_DEMAND')
      .length,
    OnDemandStreamCountLimit: 50,
  })),
  AddTagsToStream: operation(
    z.object({ ...streamReference, Tags: z.record(z.string(), z.string()) }),
    ({ Tags, ...reference }) => {
      const stream = streams.get(reference);
      Object.assign(stream.settings.tags, Tags);
      stream.save();
      return {};
    },
  ),
  ListTagsForStream: operation(z.object(streamReference), (reference) => ({
    Tags: tagList(streams.get(reference)),
    HasMoreTags: false,
  })),
  ListTagsForResource: operation(tagReference, ({ ResourceARN, ...reference }) => ({
    Tags: tagList(streams.get(ResourceARN === undefined ? reference : { StreamARN: ResourceARN })),
  })),
});

const tagList = ({ settings }: Stream): object[] =>
  Object.entries(settings.tags).map(([Key, Value]) => ({ Key, Value }));
