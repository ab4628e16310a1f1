import { RemovalPolicies } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { CfnCluster, CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import type { ClusterSettings } from '#contract/cluster-settings.ts';
import type { Environment } from '../environment.ts';
import { removalPolicyOf } from '../removal.ts';
import { SettingsError } from '../settings-error.ts';
import { PipelineLogGroup } from './pipeline-log-group.ts';

type Made = Extract<ClusterSettings, { kind: 'provisioned' | 'serverless' }>;

const isMade = (cluster: ClusterSettings): cluster is Made =>
  cluster.kind === 'provisioned' || cluster.kind === 'serverless';

/** MSK clusters that the settings ask for, in one network of their own; no network where there is none to make. */
export class KafkaClusters extends Construct {
  readonly #arns = new Map<string, string>();

  constructor(scope: Construct, id: string, { environment }: { environment: Environment }) {
    super(scope, id);
    const { settings, names } = environment;
    const made = Object.entries(settings.clusters).filter((entry): entry is [string, Made] => isMade(entry[1]));
    for (const [name, cluster] of Object.entries(settings.clusters)) {
      if (cluster.kind === 'arn') this.#arns.set(name, cluster.arn);
    }
    if (made.length === 0) return;

    const vpc = new Vpc(this, 'Network', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
      maxAzs: 3,
      natGateways: 0,
      subnetConfiguration: [{ name: 'brokers', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
    });
    const flowLogs = new PipelineLogGroup(this, 'FlowLogs', { environment, name: names.logGroup('network') });
    vpc.addFlowLog('Flows', { destination: FlowLogDestination.toCloudWatchLogs(flowLogs) });
    const brokers = new SecurityGroup(this, 'Brokers', {
      vpc: vpc as IVpc,
      description: 'Kafka brokers, their pollers and clients',
    });
    brokers.addIngressRule(brokers, Port.tcpRange(9092, 9098), 'Kafka among members of this group');
    const subnets = vpc.isolatedSubnets.map(({ subnetId }) => subnetId);

    const onDemand = Object.values(settings.sources).some(
      ({ origin }) =>
        origin.kind === 'kafka' && origin.pollers === 'onDemand' && made.some(([name]) => name === origin.cluster),
    );
    if (onDemand) {
      brokers.addIngressRule(brokers, Port.tcp(443), 'Endpoints that pollers on demand call');
      for (const [service, endpoint] of Object.entries(pollersCall)) {
        vpc.addInterfaceEndpoint(service, { service: endpoint, securityGroups: [brokers], open: false });
      }
    }

    for (const [name, cluster] of made) {
      this.#arns.set(
        name,
        cluster.kind === 'serverless'
          ? this.#serverless(name, environment, subnets, brokers)
          : this.#provisioned(name, environment, cluster, subnets, brokers),
      );
    }
    const others = { excludeResourceTypes: ['AWS::Logs::LogGroup'] };
    RemovalPolicies.of(this).apply(removalPolicyOf(settings), others);
  }

  /** Absent for brokers outside MSK. */
  arnOf(cluster: string): string | undefined {
    return this.#arns.get(cluster);
  }

  #serverless(name: string, { names }: Environment, subnetIds: string[], brokers: SecurityGroup): string {
    return new CfnServerlessCluster(this, name, {
      clusterName: names.resource(name),
      clientAuthentication: { sasl: { iam: { enabled: true } } },
      vpcConfigs: [{ subnetIds, securityGroups: [brokers.securityGroupId] }],
    }).ref;
  }

  #provisioned(
    name: string,
    environment: Environment,
    cluster: Extract<Made, { kind: 'provisioned' }>,
    subnets: string[],
    brokers: SecurityGroup,
  ): string {
    const { names } = environment;
    const zones = [3, 2].find((count) => cluster.brokers % count === 0);
    if (zones === undefined) {
      throw new SettingsError(
        `clusters.${name}.brokers: expected a multiple of 2 or 3 (zones); got ${cluster.brokers}`,
      );
    }
    const logs = new PipelineLogGroup(this, `${name}-logs`, { environment, name: names.logGroup(`kafka/${name}`) });
    return new CfnCluster(this, name, {
      clusterName: names.resource(name),
      kafkaVersion: cluster.kafkaVersion,
      numberOfBrokerNodes: cluster.brokers,
      brokerNodeGroupInfo: {
        clientSubnets: subnets.slice(0, zones),
        securityGroups: [brokers.securityGroupId],
        instanceType: cluster.instanceType,
        storageInfo: { ebsStorageInfo: { volumeSize: cluster.volumeGiB } },
      },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS', inCluster: true } },
      enhancedMonitoring: 'PER_TOPIC_PER_BROKER',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logs.logGroupName } } },
    }).ref;
  }
}

const pollersCall = {
  Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
  Sts: InterfaceVpcEndpointAwsService.STS,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
};
