import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { ClusterAccess, ClusterSettings, ExistingCluster } from '#contract/cluster-settings.ts';
import { acknowledge } from '../acknowledge.ts';
import type { IngestFunction } from './ingest-function.ts';

type SourceAccess = CfnEventSourceMapping.SourceAccessConfigurationProperty;

const typesOfAccess = {
  plain: 'BASIC_AUTH',
  scram256: 'SASL_SCRAM_256_AUTH',
  scram512: 'SASL_SCRAM_512_AUTH',
  mtls: 'CLIENT_CERTIFICATE_TLS_AUTH',
} as const satisfies Record<Exclude<ClusterAccess['kind'], 'iam' | 'none'>, string>;

const accessOf = (cluster: ClusterSettings): ClusterAccess => ('access' in cluster ? cluster.access : { kind: 'iam' });

const isInNetwork = (cluster: ClusterSettings): boolean =>
  cluster.kind !== 'selfManaged' || cluster.network !== undefined;

export const byIam = (cluster: ClusterSettings): boolean => accessOf(cluster).kind === 'iam';

/** How pollers get to brokers and who they are there, as a mapping says it. */
export function sourceAccess(cluster: ClusterSettings): SourceAccess[] {
  const access = accessOf(cluster);
  const found: SourceAccess[] =
    'secretArn' in access ? [{ type: typesOfAccess[access.kind], uri: access.secretArn }] : [];
  if (cluster.kind !== 'selfManaged') return found;
  if (cluster.rootCaSecretArn !== undefined)
    found.push({ type: 'SERVER_ROOT_CA_CERTIFICATE', uri: cluster.rootCaSecretArn });
  for (const subnet of cluster.network?.subnets ?? []) found.push({ type: 'VPC_SUBNET', uri: `subnet:${subnet}` });
  for (const group of cluster.network?.securityGroups ?? [])
    found.push({ type: 'VPC_SECURITY_GROUP', uri: `security_group:${group}` });
  return found;
}

/** What pollers do with the function's role on the way to brokers: join their network, read secrets. */
export function allowAccess(reader: IngestFunction, cluster: ClusterSettings): void {
  if (isInNetwork(cluster)) allowNetwork(reader);
  const access = accessOf(cluster);
  const { rootCaSecretArn, rootCaSecretKeyArn } = cluster as Partial<Extract<ExistingCluster, { kind: 'selfManaged' }>>;
  const given = (...arns: (string | undefined)[]) => arns.filter((arn) => arn !== undefined);
  const secrets = given('secretArn' in access ? access.secretArn : undefined, rootCaSecretArn);
  const keys = given('secretKeyArn' in access ? access.secretKeyArn : undefined, rootCaSecretKeyArn);
  if (secrets.length > 0) reader.allow(['secretsmanager:GetSecretValue'], secrets);
  if (keys.length > 0) reader.allow(['kms:Decrypt'], [...new Set(keys)]);
}

function allowNetwork(reader: IngestFunction): void {
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
}
