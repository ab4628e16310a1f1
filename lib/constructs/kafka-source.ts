import { Construct } from 'constructs';
import type { ClusterSettings } from '#contract/cluster-settings.ts';
import type { KafkaOrigin, SourceSettings } from '#contract/source-settings.ts';
import type { Environment } from '../environment.ts';
import type { Lake } from '../grants.ts';
import { IngestFunction } from './ingest-function.ts';
import { allowAccess, byIam } from './kafka-access.ts';
import { mskResourceArn } from './msk-arns.ts';
import { kafkaMapping } from './source-mapping.ts';

export interface KafkaSourceProps {
  environment: Environment;
  name: string;
  source: SourceSettings;
  origin: KafkaOrigin;
  cluster: ClusterSettings;
  /** Of an MSK cluster, made here or elsewhere; absent for brokers outside MSK. */
  clusterArn: string | undefined;
  lake: Lake;
}

/** A Kafka topic and the function that reads it. */
export class KafkaSource extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { environment, name, source, origin, cluster, clusterArn, lake }: KafkaSourceProps,
  ) {
    super(scope, id);
    const reader = new IngestFunction(this, 'Ingest', { environment, name, source, folder: 'ingest-kafka', lake });
    const consumerGroup = origin.consumerGroup ?? environment.names.consumerGroup(name);
    if (clusterArn !== undefined) {
      allowMsk(reader, { clusterArn, topic: origin.topic, consumerGroup, iam: byIam(cluster) });
    }
    allowAccess(reader, cluster);
    kafkaMapping(this, reader.function, { source, origin, consumerGroup, cluster, clusterArn }).node.addDependency(
      reader.role,
    );
  }
}

/** What pollers do with the function's role on MSK: find the cluster and, where IAM lets them in, read one topic as one group. */
function allowMsk(
  reader: IngestFunction,
  { clusterArn, topic, consumerGroup, iam }: { clusterArn: string; topic: string; consumerGroup: string; iam: boolean },
): void {
  reader.allow(['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], [clusterArn]);
  if (!iam) return;
  reader.allow(['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], [clusterArn]);
  reader.allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [mskResourceArn(clusterArn, 'topic', topic)]);
  reader.allow(
    ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
    [mskResourceArn(clusterArn, 'group', consumerGroup)],
  );
}
