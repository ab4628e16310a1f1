import { expect, test } from 'vitest';
import { settings } from '#contract/settings.ts';

const azure = {
  kind: 'azure',
  account: 'lake',
  container: 'lake',
  secretArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:lake-AbCdEf',
};
const source = { kinesis: {}, table: 't' };
const faultsOf = (text: Record<string, unknown>): string[] =>
  settings
    .safeParse({ sources: { a: source }, tables: { t: {} }, ...text })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test('dead letters that nobody names have the log store of a lake outside S3', () => {
  const { tables } = settings.parse({
    lake: azure,
    sources: { a: source },
    tables: { t: { logStore: 'conditional' } },
  });
  expect(tables.dead_letters.logStore).toBe('conditional');
  expect(settings.parse({ sources: { a: source }, tables: { t: {} } }).tables.dead_letters.logStore).toBe('dynamodb');
});

test.each([
  ['twice', { partitionBy: ['day', 'Day'] }, 'partitionBy.1: expected each column once; got "Day"'],
  [
    'of maps',
    {
      schema: [
        { name: 'tags', type: { type: 'map', keyType: 'string', valueType: 'string' } },
        { name: 'n', type: 'long' },
      ],
      partitionBy: ['tags'],
    },
    'partitionBy.0: expected a column of single values, not of type map; got "tags"',
  ],
])('a table is not partitioned by a column %s', (_, table, fault) => {
  expect(faultsOf({ tables: { t: table } })).toEqual([`tables.t.${fault}`]);
});

test('fields of one struct do not collide', () => {
  const fields = [
    { name: 'x', type: 'string' },
    { name: 'X', type: 'string' },
  ];
  expect(faultsOf({ tables: { t: { schema: [{ name: 's', type: { type: 'struct', fields } }] } } })).toHaveLength(1);
});

test('a cluster has to be named, whatever objects have of their own', () => {
  const kafka = { cluster: 'constructor', topic: 'x' };
  expect(faultsOf({ sources: { a: { kafka, table: 't' } } })).toEqual([
    'sources.a.kafka.cluster: expected a cluster named under clusters; got "constructor"',
  ]);
});

test.each([
  { kind: 'confluent', url: 'https://me:secret@registry.example' },
  { kind: 'rest', url: 'https://me:secret@registry.example/{id}' },
])('no URL of a registry holds a password ($kind)', (main) => {
  expect(faultsOf({ registries: { main } })).toEqual([
    'registries.main.url: expected a URL without user and password, which secretArn is for',
  ]);
});

const cluster = { kind: 'selfManaged', bootstrapServers: ['broker:9092'] };
const topic = (name: string, more: object = {}) => ({ kafka: { cluster: 'c', topic: name, ...more }, table: 't' });

test('no two sources read as one consumer group, of which each would get a part of the records', () => {
  const sources = {
    a: topic('x', { consumerGroup: 'delta-writer' }),
    b: topic('y', { consumerGroup: 'delta-writer' }),
    c: topic('z'),
  };
  expect(faultsOf({ clusters: { c: cluster }, sources })).toEqual([
    'sources.b.kafka.consumerGroup: expected another group than sources.a has, since members of one group share what there is to read; got "delta-writer" again',
  ]);
});

test.each([
  ['events_order', ['events_order']],
  ['events_o*', ['events_o*']],
  ['dead_letters', []],
  ['*', []],
])('commits of %s are not denied by the policy for the log of a pattern', (key, faulty) => {
  const tables = { t: {}, 'events_*': { logStore: 'conditional', protectLog: true }, [key]: {} };
  expect(faultsOf({ tables })).toEqual(
    faulty.map(
      (table) =>
        `tables.${table}.protectLog: expected true, with logStore: conditional, as tables.events_* has it: the bucket's policy for that pattern is about this log too; got false`,
    ),
  );
});

test('dead letters that nobody names have no log that a pattern protects', () => {
  const tables = {
    t: { logStore: 'conditional', protectLog: true },
    '*': { logStore: 'conditional', protectLog: true },
  };
  expect(faultsOf({ tables })).toHaveLength(1);
});

test('a table has a column that is none of its partitions', () => {
  const schema = [
    { name: 'day', type: 'date' },
    { name: 'city', type: 'string' },
  ];
  expect(faultsOf({ tables: { t: { schema, partitionBy: ['city', 'day'] } } })).toEqual([
    'tables.t.partitionBy: expected a column at least that is none of partitions, since files hold no others; got all: city, day',
  ]);
});

test('the key of a stream is told of one that is there', () => {
  const streamKeyArn = 'arn:aws:kms:us-east-1:111111111111:key/k';
  expect(faultsOf({ sources: { a: { kinesis: { streamKeyArn }, table: 't' } } })).toEqual([
    'sources.a.kinesis.streamKeyArn: expected it with streamArn alone, since streams that the stack makes have a key of Kinesis',
  ]);
});

test('what is there already is in the region of the environment', () => {
  const streamArn = 'arn:aws:kinesis:eu-west-1:111111111111:stream/s';
  const arn = 'arn:aws:kafka:eu-west-1:111111111111:cluster/c/11111111-2222-3333-4444-555555555555-1';
  const secretArn = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:registry-AbCdEf';
  const secretKeyArn = 'arn:aws:kms:eu-west-1:111111111111:key/k';
  const elsewhere = {
    clusters: { c: { kind: 'arn', arn } },
    registries: { r: { kind: 'confluent', url: 'https://registry.example', secretArn, secretKeyArn } },
    sources: { a: { kinesis: { streamArn }, table: 't' } },
    alarms: { topicArn: 'arn:aws:sns:eu-west-1:111111111111:on-call' },
  };
  const reason =
    'expected one of the region us-east-1, since functions, mappings and alarms reach what is in their own region alone; got eu-west-1';
  const paths = [
    'clusters.c.arn',
    'registries.r.secretArn',
    'registries.r.secretKeyArn',
    'sources.a.kinesis.streamArn',
    'alarms.topicArn',
  ];
  expect(faultsOf(elsewhere)).toEqual(paths.map((path) => `${path}: ${reason}`));
  expect(faultsOf({ ...elsewhere, region: 'eu-west-1' })).toEqual([]);
});

test.each(['us-east', 'useast1', 'cn-north-1', 'us-gov-west-1', ''])(
  '%s is no region of AWS’s own partition',
  (region) => {
    expect(faultsOf({ region })).toEqual([
      'region: expected a region such as us-east-1, not of China, GovCloud or another partition of AWS',
    ]);
    expect(['eu-central-1', 'ap-southeast-5', 'mx-central-1'].flatMap((known) => faultsOf({ region: known }))).toEqual(
      [],
    );
  },
);

const secret = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:registry';
const registry = (more: object) => ({ registries: { r: { kind: 'confluent', url: 'https://r.example', ...more } } });
const mskCluster = (path: string) => ({
  clusters: { c: { kind: 'arn', arn: `arn:aws:kafka:us-east-1:111111111111:${path}` } },
});

test.each([
  [registry({ secretArn: secret }), 'registries.r.secretArn: expected the ARN of a secret, with the six characters'],
  [registry({ secretArn: `${secret}*-AbCdEf` }), 'registries.r.secretArn: expected the ARN of a secret'],
  [
    registry({ secretArn: `${secret}-AbCdEf`, secretKeyArn: 'arn:aws:kms:us-east-1:111111111111:alias/mine' }),
    'registries.r.secretKeyArn: expected the ARN of a KMS key, not of an alias of it',
  ],
  [
    mskCluster('vpc-connection/222222222222/c/1111-1'),
    'clusters.c.arn: expected the ARN of an MSK cluster, not of a connection',
  ],
  [mskCluster('cluster/c'), 'clusters.c.arn: expected the ARN of an MSK cluster'],
  [
    { alarms: { topicArn: 'arn:aws:sns:us-east-1:111111111111:on-call.fifo' } },
    'alarms.topicArn: expected the ARN of an SNS topic',
  ],
])('roles and alarms get ARNs that they can do something with: %j', (text, fault) => {
  expect(faultsOf(text)).toEqual([expect.stringContaining(fault)]);
});

test.each(['my group', 'group*', 'x'.repeat(201), ''])(
  'a consumer group is one that Lambda and IAM take: %j',
  (consumerGroup) => {
    const faults = faultsOf({ clusters: { c: cluster }, sources: { a: topic('orders', { consumerGroup }) } });
    expect(faults).toEqual([expect.stringContaining('sources.a.kafka.consumerGroup: expected 1 to 200 letters')]);
  },
);

test.each([
  ['commit', '121s', 'expected whole seconds from 1s to 2m, since its lease of the table runs out after 150s'],
  ['ingest', '119s', 'expected whole seconds from 2m to 15m, since requests to S3 may take a minute to fail'],
  ['vacuum', '16m', 'expected whole seconds from 1s to 15m'],
])('functions have the time that they need and no more: %s %s', (name, timeout, fault) => {
  expect(faultsOf({ functions: { [name]: { timeout } } })).toEqual([`functions.${name}.timeout: ${fault}`]);
  expect(faultsOf({ functions: { [name]: { timeout: '2m' } } })).toEqual([]);
});

test('an environment has as many sources as its stacks have room for', () => {
  const sources = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, { kinesis: {}, table: 't' }]));
  expect(faultsOf({ sources: sources(75) })).toEqual([]);
  expect(faultsOf({ sources: sources(76) })).toEqual([expect.stringContaining('sources: expected 75 sources at most')]);
});

test('a stream is read itself, not by a consumer of its own', () => {
  const streamArn = 'arn:aws:kinesis:us-east-1:111111111111:stream/s/consumer/c:1700000000';
  expect(faultsOf({ sources: { a: { kinesis: { streamArn }, table: 't' } } })).toEqual([
    expect.stringContaining('sources.a.kinesis.streamArn: expected the ARN of a Kinesis stream'),
  ]);
});

test.each([
  ['rate(1 days)', 'expected rate(1 day), rate(6 hours), cron(0 3 * * ? *) or never; got "rate(1 days)"'],
  ['rate(5 minute)', 'expected rate(1 day), rate(6 hours), cron(0 3 * * ? *) or never; got "rate(5 minute)"'],
  ['cron(0 3 * * * *)', 'expected ? as the day of the month or as the day of the week, and as one of them alone'],
  ['cron(0 3 ? * ? *)', 'expected ? as the day of the month or as the day of the week, and as one of them alone'],
  ['cron(60 3 * * ? *)', 'expected minutes of 0 to 59, hours of 0 to 23'],
  ['cron(0 3 ? * 0 *)', 'expected minutes of 0 to 59, hours of 0 to 23'],
  ['cron(0,30 20-24 * * ? *)', 'expected minutes of 0 to 59, hours of 0 to 23'],
  ['cron(0/15 3 ? 1,12 MON#2 2027-2030)', undefined],
  ['cron(0 3 ? * MON-FRI *)', undefined],
  ['cron(0 3 1 * ? *)', undefined],
  ['rate(12 hours)', undefined],
])('a schedule is one that EventBridge takes: %s', (schedule, fault) => {
  expect(faultsOf({ maintenance: { vacuum: { schedule } } })).toEqual(
    fault === undefined ? [] : [expect.stringContaining(fault.split('; got')[0] as string)],
  );
});

test.each([
  [{ sortBy: ['at', 'Day'] }, ['sortBy.1: expected a column that is no partition']],
  [{ zOrderBy: ['city', 'address.zip'] }, ['zOrderBy.0: expected a column that the table declares']],
  [{ zOrderBy: ['at', 'address.zip'] }, []],
])('rows are put in an order that there can be: %j', (optimize, faults) => {
  const address = { name: 'address', type: { type: 'struct', fields: [{ name: 'zip', type: 'string' }] } };
  const schema = [{ name: 'day', type: 'date' }, { name: 'at', type: 'timestamp' }, address];
  const found = faultsOf({ tables: { t: { schema, partitionBy: ['day'], optimize } } });
  expect(found).toEqual(faults.map((fault) => expect.stringContaining(`tables.t.optimize.${fault}`)));
});
