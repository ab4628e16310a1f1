import { describe, expect, test } from 'vitest';
import type { Settings } from '#contract/settings.ts';
import { parseSettings } from '../../../lib/settings-file.ts';
import { type Resource, synthesise } from '../../support/synthesised.ts';
import { prod } from './environments.ts';

const tables = 'tables: { events: {} }';
const settings = (text: string): Settings => parseSettings(text, { file: 'test.yaml', environment: 'test' });

const mappingsOf = (resources: Record<string, Resource>) =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping')
    .map(([id, { Properties }]) => [id.replace(/Mapping[0-9A-F]{8}$/, ''), Properties] as const);

/** What keeps a mapping from losing or reordering records. */
const pinned = {
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: -1,
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
};

describe('prod', () => {
  const mappings = Object.fromEntries(mappingsOf(prod.resources('ingest')));

  test('every mapping is pinned', () => {
    expect(Object.keys(mappings)).toEqual(['clicks', 'orders', 'audittrail']);
    for (const mapping of Object.values(mappings)) {
      expect(mapping).toMatchObject(pinned);
      expect(mapping).not.toHaveProperty('TumblingWindowInSeconds');
      expect(mapping).not.toHaveProperty('DestinationConfig');
    }
    expect(mappings.clicks).toMatchObject({ ParallelizationFactor: 1, BatchSize: 10_000 });
  });

  test('topics are read by provisioned pollers, as a group of their own', () => {
    expect(mappings.orders).toMatchObject({
      Topics: ['orders'],
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'alluvium-prod-orders' },
    });
  });

  test('streams and clusters are encrypted and outlive their stack', () => {
    const [stream] = prod.ofType('AWS::Kinesis::Stream');
    expect(stream).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        Name: 'alluvium-prod-clicks',
        RetentionPeriodHours: 168,
        StreamEncryption: { EncryptionType: 'KMS' },
        StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      },
    });
    const [cluster] = prod.ofType('AWS::MSK::Cluster');
    expect(cluster).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        NumberOfBrokerNodes: 3,
        EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
        ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
      },
    });
    expect(cluster?.Properties.BrokerNodeGroupInfo).toMatchObject({ ClientSubnets: { length: 3 } });
    expect(prod.ofType('AWS::MSK::ServerlessCluster')).toHaveLength(1);
  });

  test('provisioned pollers need neither NAT nor endpoints', () => {
    expect(prod.ofType('AWS::EC2::NatGateway')).toEqual([]);
    expect(prod.ofType('AWS::EC2::VPCEndpoint')).toEqual([]);
  });

  test('functions run on Node 24 and arm64, keep their logs as long as set, and know their source', () => {
    const functions = prod.ofType('AWS::Lambda::Function');
    expect(functions.length).toBeGreaterThan(7);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        LoggingConfig: { LogGroup: expect.anything() },
      });
    }
    expect(functions.map(({ Properties }) => Properties.FunctionName)).toContain('alluvium-prod-ingest-audit-trail');
    const sources = functions.map(
      ({ Properties }) => (Properties.Environment as { Variables: Record<string, string> }).Variables.ALLUVIUM_SOURCE,
    );
    expect(sources.filter((source) => source !== undefined)).toEqual(['clicks', 'orders', 'audit-trail']);
    for (const logs of prod.ofType('AWS::Logs::LogGroup')) {
      expect(logs).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 365 } });
    }
  });
});

test('pollers on demand get endpoints instead, and no setting that they would refuse', () => {
  const synthesised = synthesise(
    settings(`
      clusters: { events: { kind: serverless } }
      sources: { events: { kafka: { cluster: events, topic: events, pollers: onDemand }, table: events } }
      ${tables}`),
  );
  const [[, mapping]] = mappingsOf(synthesised.resources('ingest')) as [[string, Record<string, unknown>]];
  for (const property of [...Object.keys(pinned), 'ProvisionedPollerConfig'])
    expect(mapping).not.toHaveProperty(property);
  const services = synthesised
    .ofType('AWS::EC2::VPCEndpoint')
    .map(({ Properties }) => Properties.ServiceName as string);
  expect(services.toSorted()).toEqual([
    'com.amazonaws.us-east-1.lambda',
    'com.amazonaws.us-east-1.secretsmanager',
    'com.amazonaws.us-east-1.sts',
  ]);
});

test('streams, clusters and brokers that are there already are read where they are', () => {
  const streamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks';
  const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/events/11111111-2222-3333-4444-555555555555-1';
  const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_reader-AbCdEf';
  const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
  const synthesised = synthesise(
    settings(`
      clusters:
        events: { kind: arn, arn: '${arn}', access: { kind: scram512, secretArn: '${secretArn}', secretKeyArn: '${keyArn}' } }
        own: { kind: selfManaged, bootstrapServers: ['broker-1:9092', 'broker-2:9092'], rootCaSecretArn: '${secretArn}', rootCaSecretKeyArn: '${keyArn}' }
      sources:
        clicks:
          kinesis: { streamArn: '${streamArn}', streamKeyArn: '${keyArn}' }
          table: events
          startingPosition: { timestamp: '2026-11-01T00:00:00Z' }
          enabled: false
        orders: { kafka: { cluster: events, topic: orders }, table: events, startingPosition: LATEST }
        carts: { kafka: { cluster: own, topic: carts, consumerGroup: carts }, table: events }
      ${tables}`),
  );
  const mappings = Object.fromEntries(mappingsOf(synthesised.resources('ingest')));
  expect(mappings.clicks).toMatchObject({
    EventSourceArn: streamArn,
    Enabled: false,
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: Date.UTC(2026, 10, 1) / 1000,
  });
  expect(mappings.orders).toMatchObject({
    EventSourceArn: arn,
    StartingPosition: 'LATEST',
    SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: secretArn }],
  });
  expect(mappings.carts).toMatchObject({
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['broker-1:9092', 'broker-2:9092'] } },
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'carts' },
  });
  for (const type of ['AWS::Kinesis::Stream', 'AWS::EC2::VPC', 'AWS::MSK::Cluster']) {
    expect(synthesised.ofType(type)).toEqual([]);
  }
  const decrypting = Object.values(synthesised.resources('ingest')).filter(
    ({ Type, Properties }) =>
      Type === 'AWS::IAM::Policy' &&
      JSON.stringify(Properties).includes(`{"Action":"kms:Decrypt","Effect":"Allow","Resource":"${keyArn}"}`),
  );
  expect(decrypting).toHaveLength(3);
});

test('brokers of your own are reached as they ask: network, authority, certificate', () => {
  const secret = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
  const synthesised = synthesise(
    settings(`
      clusters:
        private:
          kind: selfManaged
          bootstrapServers: ['broker-1:9094']
          access: { kind: mtls, secretArn: '${secret('client')}' }
          rootCaSecretArn: '${secret('authority')}'
          network: { subnets: [subnet-0a1, subnet-0b2], securityGroups: [sg-0c3] }
        passwords:
          kind: selfManaged
          bootstrapServers: ['broker-2:9096']
          access: { kind: plain, secretArn: '${secret('reader')}' }
      sources:
        orders: { kafka: { cluster: private, topic: orders }, table: events }
        carts: { kafka: { cluster: passwords, topic: carts }, table: events }
      ${tables}`),
  );
  const mappings = Object.fromEntries(mappingsOf(synthesised.resources('ingest')));
  expect(mappings.orders).toMatchObject({
    SourceAccessConfigurations: [
      { Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: secret('client') },
      { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: secret('authority') },
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0a1' },
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0b2' },
      { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-0c3' },
    ],
  });
  expect(mappings.carts).toMatchObject({
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: secret('reader') }],
  });
  const allowed = synthesised
    .ofType('AWS::IAM::Policy')
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement);
  const secretReaders = allowed.filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');
  expect(secretReaders.map(({ Resource }) => Resource)).toEqual([
    [secret('authority'), secret('client')],
    secret('reader'),
  ]);
  expect(allowed.filter(({ Action }) => [Action].flat().includes('ec2:CreateNetworkInterface'))).toHaveLength(1);
});

test('functions read the secret of their own registry, or ask Glue, and nothing else of the kind', () => {
  const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:registry-AbCdEf';
  const synthesised = synthesise(
    settings(`
      registries:
        main: { kind: confluent, url: 'https://registry.example.com', secretArn: '${secret}' }
        glue: { kind: glue }
        unused: { kind: confluent, url: 'https://other.example.com', secretArn: '${secret}-unused' }
      sources:
        orders: { kinesis: { shards: 1 }, table: events, format: { kind: avro, framing: confluent, registry: main } }
        carts: { kinesis: { shards: 1 }, table: events, format: { kind: avro, framing: glue, registry: glue } }
        visits: { kinesis: { shards: 1 }, table: events }
      ${tables}`),
  );
  const allowed = synthesised
    .ofType('AWS::IAM::Policy')
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement)
    .filter(({ Action }) => ['secretsmanager:GetSecretValue', 'glue:GetSchemaVersion'].includes(Action as string));
  expect(allowed).toMatchObject([
    { Action: 'secretsmanager:GetSecretValue', Resource: secret },
    { Action: 'glue:GetSchemaVersion', Resource: '*' },
  ]);
});
