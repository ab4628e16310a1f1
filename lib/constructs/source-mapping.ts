import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ClusterSettings } from '#contract/cluster-settings.ts';
import type { KafkaOrigin, SourceSettings } from '#contract/source-settings.ts';
import { sourceAccess } from './kafka-access.ts';

type MappingProps = ConstructorParameters<typeof CfnEventSourceMapping>[2];

/** What every mapping of this pipeline has: nothing is given up, whatever fails and however long (docs/architecture.md, "Ingest"). */
const pinned = {
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
  functionResponseTypes: ['ReportBatchItemFailures'],
};

const starting = ({ startingPosition }: SourceSettings): Partial<MappingProps> =>
  typeof startingPosition === 'string'
    ? { startingPosition }
    : {
        startingPosition: 'AT_TIMESTAMP',
        startingPositionTimestamp: Math.floor(Date.parse(startingPosition.timestamp) / 1000),
      };

const common = (reader: IFunction, source: SourceSettings): MappingProps => ({
  functionName: reader.functionName,
  enabled: source.enabled,
  batchSize: source.batch.maxRecords,
  maximumBatchingWindowInSeconds: source.batch.windowMs / 1000,
  ...starting(source),
});

/** A stream's mapping: shards in order, one batch of a shard at a time. */
export function kinesisMapping(scope: Construct, reader: IFunction, source: SourceSettings, streamArn: string) {
  return new CfnEventSourceMapping(scope, 'Mapping', {
    ...common(reader, source),
    ...pinned,
    eventSourceArn: streamArn,
    parallelizationFactor: 1,
    bisectBatchOnFunctionError: true,
  });
}

/** A topic's mapping. Pollers on demand know neither retries nor partial responses: Kafka's own, unlimited, are what they have. */
export function kafkaMapping(
  scope: Construct,
  reader: IFunction,
  {
    source,
    origin,
    consumerGroup,
    cluster,
    clusterArn,
  }: {
    source: SourceSettings;
    origin: KafkaOrigin;
    consumerGroup: string;
    cluster: ClusterSettings;
    /** Of an MSK cluster. */
    clusterArn: string | undefined;
  },
) {
  const provisioned: Partial<MappingProps> =
    origin.pollers === 'onDemand'
      ? {}
      : {
          ...pinned,
          bisectBatchOnFunctionError: true,
          provisionedPollerConfig: { minimumPollers: origin.pollers.minimum, maximumPollers: origin.pollers.maximum },
        };
  const access = sourceAccess(cluster);
  const group = { consumerGroupId: consumerGroup };
  return new CfnEventSourceMapping(scope, 'Mapping', {
    ...common(reader, source),
    ...provisioned,
    topics: [origin.topic],
    ...(access.length === 0 ? {} : { sourceAccessConfigurations: access }),
    ...(cluster.kind === 'selfManaged'
      ? {
          selfManagedEventSource: { endpoints: { kafkaBootstrapServers: cluster.bootstrapServers } },
          selfManagedKafkaEventSourceConfig: group,
        }
      : { eventSourceArn: clusterArn as string, amazonManagedKafkaEventSourceConfig: group }),
  });
}
