import { Construct } from 'constructs';
import type { ClusterSettings, KafkaOrigin, SourceSettings } from '#contract/source-settings.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Environment } from '../environment.ts';
import type { Lake } from '../grants.ts';
import { IngestFunction } from './ingest-function.ts';
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
      allowMsk(reader, { clusterArn, topic: origin.topic, consumerGroup, byIam: !hasSecret(cluster) });
    }
    if (hasSecret(cluster)) reader.allow(['secretsmanager:GetSecretValue'], [cluster.secretArn as string]);
    kafkaMapping(this, reader.function, { source, origin, consumerGroup, cluster, clusterArn }).node.addDependency(
      reader.role,
    );
  }
}

const hasSecret = (cluster: ClusterSettings): cluster is ClusterSettings & { secretArn: string } =>
  'secretArn' in cluster && cluster.secretArn !== undefined;

/** What pollers do with the function's role: find the cluster, join its network, and read one topic as one group. */
function allowMsk(
  reader: IngestFunction,
  {
    clusterArn,
    topic,
    consumerGroup,
    byIam,
  }: { clusterArn: string; topic: string; consumerGroup: string; byIam: boolean },
): void {
  reader.allow(['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], [clusterArn]);
  reader.allow(
    [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    ['*'],
  );
  acknowledge(reader, {
    'AwsSolutions-IAM5[Resource::*]':
      'Pollers find and join the network of the cluster with this role: Lambda requires these actions of EC2 on *.',
  });
  if (!byIam) return;
  reader.allow(['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], [clusterArn]);
  reader.allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [mskResourceArn(clusterArn, 'topic', topic)]);
  reader.allow(
    ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
    [mskResourceArn(clusterArn, 'group', consumerGroup)],
  );
}
