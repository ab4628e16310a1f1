import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ClusterSettings } from '#contract/cluster-settings.ts';
import { KafkaClusters } from '../constructs/kafka-clusters.ts';
import { KafkaSource } from '../constructs/kafka-source.ts';
import { KinesisSource } from '../constructs/kinesis-source.ts';
import type { Environment } from '../environment.ts';
import type { Lake } from '../grants.ts';

/** Sources: streams and clusters that this environment makes, and a function for each stream or topic it reads. */
export class IngestStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { environment, lake, ...props }: StackProps & { environment: Environment; lake: Lake },
  ) {
    super(scope, id, props);
    const { settings } = environment;
    const clusters = new KafkaClusters(this, 'Kafka', { environment });
    for (const [name, source] of Object.entries(settings.sources)) {
      const { origin } = source;
      if (origin.kind === 'kinesis') {
        new KinesisSource(this, name, { environment, name, source, origin, lake });
        continue;
      }
      const cluster = settings.clusters[origin.cluster] as ClusterSettings;
      const clusterArn = clusters.arnOf(origin.cluster);
      new KafkaSource(this, name, { environment, name, source, origin, cluster, clusterArn, lake });
    }
  }

  /** Each environment has the first three zones of its region, without asking the account which they are. */
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
