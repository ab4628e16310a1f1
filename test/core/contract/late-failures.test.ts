import { expect, test } from 'vitest';
import { settings } from '#contract/settings.ts';

const azure = {
  kind: 'azure',
  account: 'lake',
  container: 'lake',
  secretArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:lake',
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
