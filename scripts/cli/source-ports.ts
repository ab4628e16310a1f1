import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSettings } from '#contract/cluster-settings.ts';
import { environmentVariables, sourceResourceName } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import type { KafkaOrigin, KinesisOrigin } from '#contract/source-settings.ts';
import type { SourceMappings } from '#pipeline/positions/source-mappings.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';
import { SetupError, UsageError } from './verb.ts';

const { kafkaBrokers } = environmentVariables;

export const wait = async (ms: number): Promise<void> => {
  await sleep(ms);
};

/** What a command asks of sources: their mappings of Lambda, their positions of streams and brokers. Clients are loaded when asked for. */
export async function sourceMappings({ environment }: Settings): Promise<SourceMappings> {
  const [{ functionMappings }, { lambdaClient }] = await Promise.all([
    import('#adapters/aws/function-mappings.ts'),
    import('#adapters/aws/operator-clients.ts'),
  ]);
  return functionMappings(lambdaClient(), environment);
}

export async function sourcePositions(settings: Settings, source: string): Promise<SourcePositions> {
  const { origin } = sourceSettingsOf(settings, source);
  return origin.kind === 'kinesis'
    ? positionsInStream(settings, source, origin)
    : positionsInTopic(settings, source, origin);
}

/** The command that does it. */
export const turningOn = (environment: string, source: string): string =>
  `alluvium mapping --env ${environment} ${source} on`;

/** @throws {UsageError} naming the settings' sources, where this is none of them. */
export function sourceSettingsOf({ sources }: Settings, source: string): Settings['sources'][string] {
  const found = Object.hasOwn(sources, source) ? sources[source] : undefined;
  if (found !== undefined) return found;
  throw new UsageError(`expected a source of the settings, ${Object.keys(sources).join(', ')}; got ${source}`);
}

async function positionsInStream(
  { environment }: Settings,
  source: string,
  { streamArn }: KinesisOrigin,
): Promise<SourcePositions> {
  const [{ streamPositions }, { kinesisClient }] = await Promise.all([
    import('#adapters/aws/stream-positions.ts'),
    import('#adapters/aws/operator-clients.ts'),
  ]);
  const stream =
    streamArn === undefined ? { StreamName: sourceResourceName(environment, source) } : { StreamARN: streamArn };
  return streamPositions(kinesisClient(), { stream, clock: Date.now, wait });
}

async function positionsInTopic(
  { environment, clusters, region }: Settings,
  source: string,
  { cluster: clusterName, topic, consumerGroup }: KafkaOrigin,
): Promise<SourcePositions> {
  const [{ kafkaClient }, { topicPositions }, { readSecret }] = await Promise.all([
    import('#adapters/kafka/kafka-client.ts'),
    import('#adapters/kafka/topic-positions.ts'),
    import('#adapters/aws/read-secret.ts'),
  ]);
  const cluster = clusters[clusterName] as ClusterSettings;
  const brokers =
    process.env[kafkaBrokers]?.split(',') ?? ('bootstrapServers' in cluster ? cluster.bootstrapServers : []);
  if (brokers.length === 0) {
    throw new SetupError(
      `source ${source}: expected ${kafkaBrokers} to name the brokers of cluster ${clusterName}, each host:port, since the settings do not; found it unset`,
    );
  }
  const client = await kafkaClient({ cluster, brokers, region, readSecret });
  return topicPositions(client, {
    topic,
    consumerGroup: consumerGroup ?? sourceResourceName(environment, source),
  });
}
