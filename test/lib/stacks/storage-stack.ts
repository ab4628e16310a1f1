import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../lib/settings-file.ts';
import { type Resource, synthesise } from '../../support/synthesised.ts';
import * as environments from './environments.ts';

const prod = environments.prod.resources('storage');
const dev = environments.dev.resources('storage');
const one = (resources: Record<string, Resource>, type: string, id = ''): Resource => {
  const found = Object.entries(resources).filter(([name, { Type }]) => Type === type && name.startsWith(id));
  expect(found, `${type} ${id}`).toHaveLength(1);
  return (found[0] as [string, Resource])[1];
};

describe('lake', () => {
  const { Properties: lake } = one(prod, 'AWS::S3::Bucket');

  test('is encrypted, private, and reached by TLS only', () => {
    expect(lake).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(one(prod, 'AWS::S3::BucketPolicy').Properties.PolicyDocument).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({
          Action: 's3:*',
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ]),
    });
  });

  test('lets go of unfinished uploads, and of nothing else', () => {
    const { Rules: rules } = lake.LifecycleConfiguration as { Rules: Record<string, unknown>[] };
    expect(rules).toEqual([
      { Id: 'incomplete-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } },
    ]);
  });
});

describe('a protected log', () => {
  const yaml =
    'sources: { web: { kinesis: {}, table: open } }\ntables: { guarded: { logStore: conditional, protectLog: true }, open: {} }';
  const denials = (text: string) => {
    const settings = parseSettings(text, { file: 'config/guarded.yaml', environment: 'guarded' });
    const { PolicyDocument } = one(synthesise(settings).resources('storage'), 'AWS::S3::BucketPolicy').Properties;
    return (PolicyDocument as { Statement: { Action: unknown }[] }).Statement.filter(
      ({ Action }) => Action === 's3:PutObject',
    );
  };

  test('takes commits that are put with If-None-Match alone, from whomever', () => {
    expect(denials(yaml)).toEqual([
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:PutObject',
        Resource: { 'Fn::Join': ['', [expect.anything(), `/tables/guarded/_delta_log/${'?'.repeat(20)}.json`]] },
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      },
    ]);
    expect(denials(yaml.replace('protectLog: true', 'protectLog: false'))).toEqual([]);
  });

  test('is for tables of conditional writers alone', () => {
    expect(() => denials(yaml.replace('logStore: conditional', 'logStore: dynamodb'))).toThrow(
      'tables.guarded.protectLog: expected it with logStore: conditional alone',
    );
  });
});

describe('expiry', () => {
  const yaml =
    'sources: { web: { kinesis: {}, table: lasting } }\ntables: { brief: { expireAfter: 90d }, lasting: {} }';
  const expiring = synthesise(parseSettings(yaml, { file: 'config/expiring.yaml', environment: 'expiring' }));
  const { Properties: lake } = one(expiring.resources('storage'), 'AWS::S3::Bucket');

  test('takes data files of a table that asks for it, by the tag that its log does not have', () => {
    const { Rules: rules } = lake.LifecycleConfiguration as { Rules: { Id: string }[] };
    expect(rules.filter(({ Id }) => Id.startsWith('data-files-of-'))).toEqual([
      {
        Id: 'data-files-of-brief',
        Status: 'Enabled',
        Prefix: 'tables/brief/',
        TagFilters: [{ Key: 'alluvium', Value: 'data-file' }],
        ExpirationInDays: 90,
      },
    ]);
  });

  test('is told to a queue that S3 may send to, encrypted, by TLS only, with one behind it', () => {
    const queue = one(prod, 'AWS::SQS::Queue', 'ExpiredQueue').Properties;
    expect(queue).toMatchObject({
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 6 * 300,
      RedrivePolicy: { maxReceiveCount: 5 },
    });
    expect(one(prod, 'AWS::SQS::Queue', 'ExpiredDeadLetters').Properties).toMatchObject({ SqsManagedSseEnabled: true });
    const policies = Object.values(prod).filter(({ Type }) => Type === 'AWS::SQS::QueuePolicy');
    expect(policies).toHaveLength(2);
    for (const { Properties } of policies) {
      const { Statement } = Properties.PolicyDocument as { Statement: unknown[] };
      const byTls = { Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
      expect(Statement).toContainEqual(expect.objectContaining(byTls));
    }
    const [configuration, ...more] = (
      one(prod, 'AWS::S3::Bucket').Properties.NotificationConfiguration as { QueueConfigurations: object[] }
    ).QueueConfigurations;
    expect(more).toEqual([]);
    expect(configuration).toMatchObject({
      Event: 's3:LifecycleExpiration:*',
      Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'tables/' }] } },
    });
  });

  test('gives those who put data files, and only them, the right to tag them', () => {
    const policies = Object.entries({ ...expiring.resources('maintenance'), ...expiring.resources('commit') });
    const taggers = policies.filter(([, resource]) => JSON.stringify(resource).includes('s3:PutObjectTagging'));
    expect(taggers.length).toBeGreaterThan(0);
    expect(taggers.some(([id]) => id.startsWith('Checkpoint'))).toBe(false);
    for (const [, resource] of taggers) expect(JSON.stringify(resource)).toContain('/tables/brief/*');
    expect(JSON.stringify(prod)).not.toContain('s3:PutObjectTagging');
  });

  test('lets the commit function tag what it coalesces, where it does', () => {
    const taggersOf = ({ resources }: typeof expiring) =>
      Object.entries(resources('commit')).flatMap(([id, resource]) =>
        JSON.stringify(resource).includes('s3:PutObjectTagging') ? [id] : [],
      );
    expect(taggersOf(expiring)).toEqual([expect.stringMatching(/^Commit.*Policy/)]);
    const settled = yaml.replace('expireAfter: 90d', 'expireAfter: 90d, coalesce: { enabled: false }');
    expect(
      taggersOf(synthesise(parseSettings(settled, { file: 'config/settled.yaml', environment: 'settled' }))),
    ).toEqual([]);
  });
});

describe('tables', () => {
  test('the ledger streams the keys of what changes', () => {
    expect(one(prod, 'AWS::DynamoDB::Table', 'Ledger').Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
    });
  });

  test('the log of commits is the one that S3DynamoDBLogStore expects', () => {
    expect(one(prod, 'AWS::DynamoDB::Table', 'DeltaLog').Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'tablePath', KeyType: 'HASH' },
        { AttributeName: 'fileName', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'tablePath', AttributeType: 'S' },
        { AttributeName: 'fileName', AttributeType: 'S' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expireTime', Enabled: true },
    });
  });

  test.each(['Ledger', 'DeltaLog'])('%s can be restored, is encrypted, and is paid by use', (id) => {
    expect(one(prod, 'AWS::DynamoDB::Table', id).Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });
});

test('what holds data outlives its stack where retainData says so', () => {
  const policies = (resources: Record<string, Resource>) =>
    Object.values(resources)
      .filter(({ Type }) => ['AWS::S3::Bucket', 'AWS::DynamoDB::Table'].includes(Type))
      .map(({ DeletionPolicy, UpdateReplacePolicy, Properties }) => [
        DeletionPolicy,
        UpdateReplacePolicy,
        Properties.DeletionProtectionEnabled,
      ]);
  expect(policies(prod)).toEqual([
    ['RetainExceptOnCreate', 'Retain', undefined],
    ['RetainExceptOnCreate', 'Retain', true],
    ['RetainExceptOnCreate', 'Retain', true],
  ]);
  expect(policies(dev)).toEqual([
    ['Delete', 'Delete', undefined],
    ['Delete', 'Delete', false],
    ['Delete', 'Delete', false],
  ]);
});

test('Glue lists every table as Delta, without columns that a deployment could put back', () => {
  const entries = Object.values(prod).filter(({ Type }) => Type === 'AWS::Glue::Table');
  expect(entries.map(({ Properties }) => (Properties.TableInput as { Name: string }).Name)).toEqual([
    'clicks',
    'orders',
    'audit_trail',
    'dead_letters',
  ]);
  for (const { Properties } of entries) {
    expect(Properties).toMatchObject({
      DatabaseName: 'lake',
      TableInput: { Parameters: { table_type: 'DELTA' }, StorageDescriptor: { Columns: [] } },
    });
  }
  expect(Object.values(dev).some(({ Type }) => Type.startsWith('AWS::Glue::'))).toBe(false);
});

describe('a lake outside S3', () => {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf';
  const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
  const yaml = (lake: string, table = '{ logStore: conditional }') => `
lake: ${lake}
sources: { web: { kinesis: {}, table: clicks } }
tables: { clicks: ${table}, dead_letters: { logStore: conditional } }`;
  const parse = (text: string) => parseSettings(text, { file: 'config/outside.yaml', environment: 'outside' });

  test.each([
    ['lake', `{ kind: azure, account: acme, container: lake, secretArn: '${secretArn}' }`],
    ['tables', `{ kind: gcs, bucket: tables, secretArn: '${secretArn}', secretKeyArn: '${keyArn}' }`],
    [
      'minio-lake',
      `{ kind: s3Compatible, endpoint: 'https://minio:9000', bucket: minio-lake, secretArn: '${secretArn}' }`,
    ],
  ])('%s is what its secret opens: no bucket is made, no object of S3 is anybody’s', (bucket, lake) => {
    const synthesised = synthesise(parse(yaml(lake)));
    expect(synthesised.ofType('AWS::S3::Bucket')).toEqual([]);
    const policies = JSON.stringify(synthesised.ofType('AWS::IAM::Policy'));
    expect(policies).not.toContain('s3:');
    expect(policies).toContain(secretArn);
    expect(policies.includes('kms:Decrypt')).toBe(lake.includes(keyArn));
    const functions = synthesised.ofType('AWS::Lambda::Function').map((found) => JSON.stringify(found));
    expect(functions.filter((found) => found.includes(`"ALLUVIUM_LAKE_BUCKET":"${bucket}"`)).length).toBeGreaterThan(5);
  });

  test('has no tables that only S3 can hold', () => {
    const azure = `{ kind: azure, account: acme, container: lake, secretArn: '${secretArn}' }`;
    expect(() => parse(yaml(azure, '{}'))).toThrow(
      'tables.clicks.logStore: expected conditional, since the lake is azure',
    );
    expect(() => parse(yaml(azure, '{ logStore: conditional, expireAfter: 90d }'))).toThrow(
      'tables.clicks.expireAfter: expected none, since the lake is azure, whose rules are set there',
    );
  });
});
