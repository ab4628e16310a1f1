import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { overridesIn } from '../../lib/overrides.ts';
import { SettingsError } from '../../lib/settings-error.ts';
import { type Override, parseSettings, readSettings } from '../../lib/settings-file.ts';

const valid = `
sources:
  clicks: { kinesis: { shards: 2 }, table: clicks }
tables:
  clicks: { latency: 5s }
`;
const parse = (text: string, overrides: readonly Override[] = []) =>
  parseSettings(text, { file: 'config/test.yaml', environment: 'test', overrides });

function complaint(text: string, overrides: readonly Override[] = []): string {
  try {
    parse(text, overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('expected settings to be refused, they were accepted');
}

describe('what is wrong is said by file, key, value and what was expected', () => {
  const cases: [what: string, text: string, message: string][] = [
    [
      'a value of another type',
      valid.replace('shards: 2', 'shards: many'),
      'config/test.yaml: sources.clicks.kinesis.shards: expected a number, or "onDemand"; got "many"',
    ],
    [
      'a number out of range',
      valid.replace('table: clicks }', 'table: clicks, batch: { maxRecords: 20000 } }'),
      'config/test.yaml: sources.clicks.batch.maxRecords: expected a number of at most 10000; got 20000',
    ],
    [
      'a duration in words',
      valid.replace('5s', 'soon'),
      'config/test.yaml: tables.clicks.latency: expected a duration such as 500ms, 2s, 15m, 24h or 7d; got "soon"',
    ],
    ['a key that nobody knows', `${valid}sorces: {}\n`, 'config/test.yaml: sorces: expected no such key; got {}'],
    [
      'a key that nobody knows, deep down',
      valid.replace('shards: 2', 'shard: 2'),
      'config/test.yaml: sources.clicks.kinesis.shard: expected no such key; got 2',
    ],
    [
      'a table that is not there',
      valid.replace('table: clicks', 'table: click'),
      'config/test.yaml: sources.clicks.table: expected a table named under tables; got "click"',
    ],
    [
      'a source of no kind',
      valid.replace('kinesis: { shards: 2 }, ', ''),
      'config/test.yaml: sources.clicks: expected exactly one of kinesis and kafka; got neither',
    ],
    [
      'a cluster that is not there',
      valid.replace('kinesis: { shards: 2 }', 'kafka: { cluster: events, topic: t }'),
      'config/test.yaml: sources.clicks.kafka.cluster: expected a cluster named under clusters; got "events"',
    ],
    [
      'a kind of cluster that is not one',
      `${valid}clusters: { events: { kind: zookeeper } }\n`,
      'config/test.yaml: clusters.events.kind: expected "provisioned", "serverless", "arn", "selfManaged"; got "zookeeper"',
    ],
    [
      'a member of a union, the one that was meant',
      `${valid}clusters: { events: { kind: selfManaged, bootstrapServers: [broker] } }\n`,
      'config/test.yaml: clusters.events.bootstrapServers.0: expected host:port; got "broker"',
    ],
    [
      'a column of a type that Delta lacks',
      valid.replace('latency: 5s', 'schema: [{ name: id, type: int64 }]'),
      'config/test.yaml: tables.clicks.schema.0.type: expected a Delta type: string, long, integer, short, byte, float, double, boolean, binary, date, timestamp, timestamp_ntz or decimal(p,s); or one of Arrow\'s names: Utf8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float32, Float64, Boolean, Timestamp, Binary; got "int64"',
    ],
    [
      'a partition column that is not declared',
      valid.replace('latency: 5s', 'schema: [{ name: id, type: long }], partitionBy: [day]'),
      'config/test.yaml: tables.clicks.partitionBy.0: expected one of the declared columns; got "day"',
    ],
    [
      'a Bloom filter of a column that is not declared',
      valid.replace('latency: 5s', 'schema: [{ name: id, type: long }], bloomFilters: [user]'),
      'config/test.yaml: tables.clicks.bloomFilters.0: expected one of the declared columns; got "user"',
    ],
    [
      'a name with upper case',
      valid.replaceAll('clicks', 'Clicks'),
      'config/test.yaml: sources.Clicks: expected a lower-case name of letters, digits, _ and -, 63 characters at most; got "Clicks"',
    ],
    [
      'two sources that read one topic into one table',
      `
clusters: { events: { kind: serverless } }
sources:
  old: { kafka: { cluster: events, topic: clicks }, table: clicks }
  new: { kafka: { cluster: events, topic: clicks }, table: clicks }
tables: { clicks: {} }
`,
      'config/test.yaml: sources.new: expected another origin or another table than sources.old has: each record would become two rows; got the same',
    ],
    [
      'too few of something',
      valid.replace('latency: 5s', 'schema: []'),
      'config/test.yaml: tables.clicks.schema: expected at least 1 entry; got []',
    ],
    [
      'a number below its least',
      valid.replace('shards: 2', 'shards: 0'),
      'config/test.yaml: sources.clicks.kinesis.shards: expected a number of at least 1; got 0',
    ],
    ['a missing part', 'tables: {}\n', 'config/test.yaml: sources: expected keys; got nothing'],
    ['no keys', '- 1\n', 'config/test.yaml: expected keys such as sources and tables, got [1]'],
  ];
  test.each(cases)('%s', (_, text, message) => {
    expect(complaint(text).split('\n')).toContain(message);
  });

  test('text that is no YAML', () => {
    expect(complaint('sources: {')).toMatch(/^config\/test\.yaml: expected YAML: .* line 1/);
  });

  test('everything at once', () => {
    const text = valid.replace('5s', 'soon').replace('shards: 2', 'shards: 0');
    expect(complaint(text).split('\n')).toHaveLength(2);
  });
});

describe('overrides', () => {
  test('replace a value, add one, and may hold YAML', () => {
    const settings = parse(valid, [
      { key: 'tables.clicks.latency', value: '7s' },
      { key: 'sources.clicks.batch', value: '{ window: 3s }' },
      { key: 'tables.clicks.properties.delta.logRetentionDuration', value: 'interval 7 days' },
    ]);
    expect(settings.tables.clicks).toMatchObject({
      latencyMs: 7000,
      properties: { 'delta.logRetentionDuration': 'interval 7 days' },
    });
    expect(settings.sources.clicks?.batch.windowMs).toBe(3000);
  });

  test('are named when they are wrong', () => {
    expect(complaint(valid, [{ key: 'tables.clicks.latency', value: 'late' }])).toBe(
      '-c tables.clicks.latency: tables.clicks.latency: expected a duration such as 500ms, 2s, 15m, 24h or 7d; got "late"',
    );
    expect(complaint(valid, [{ key: 'tabels.clicks.latency', value: '7s' }])).toBe(
      '-c tabels.clicks.latency: tabels: expected no such key; got {"clicks":{"latency":"7s"}}',
    );
    expect(complaint(valid, [{ key: 'tables.clicks.latency.ms', value: '7' }])).toBe(
      '-c tables.clicks.latency.ms: expected latency to hold keys, it is "5s"',
    );
  });

  test('change what is there: a name that is not is a slip', () => {
    expect(complaint(valid, [{ key: 'tables.nosuch.latency', value: '5s' }])).toBe(
      '-c tables.nosuch.latency: expected a table out of clicks; got nosuch',
    );
    expect(complaint(valid, [{ key: 'sources.click.enabled', value: 'false' }])).toBe(
      '-c sources.click.enabled: expected a source out of clicks; got click',
    );
    expect(parse(valid, [{ key: 'tables.more', value: '{ latency: 5s }' }]).tables.more?.latencyMs).toBe(5000);
    expect(parse(valid, [{ key: 'tables.dead_letters.latency', value: '5s' }]).tables.dead_letters?.latencyMs).toBe(
      5000,
    );
  });

  test("are what the context holds besides CDK's own keys and the environment", () => {
    const context = {
      env: 'dev',
      '@aws-cdk/core:x': true,
      'aws:cdk:y': 1,
      'tables.clicks.latency': '5s',
      retainData: true,
    };
    expect(overridesIn(context)).toEqual([
      { key: 'tables.clicks.latency', value: '5s' },
      { key: 'retainData', value: 'true' },
    ]);
  });
});

test('an unknown environment is answered with those there are', () => {
  const root = mkdtempSync(join(tmpdir(), 'alluvium-settings-'));
  try {
    mkdirSync(join(root, 'config'));
    for (const file of ['b.yaml', 'a.yaml', 'settings.schema.json', 'My_env.yaml'])
      writeFileSync(join(root, 'config', file), valid);
    expect(() => readSettings(root, 'c', [])).toThrow(
      'expected an environment (-c env=<name>) out of My_env, a, b; got c',
    );
    expect(() => readSettings(root, undefined, [])).toThrow('out of My_env, a, b; got none');
    expect(() => readSettings(root, 'My_env', [])).toThrow(
      "config/My_env.yaml: expected the environment's name in lower-case letters, digits and -",
    );
    expect(readSettings(root, 'a', [])).toMatchObject({ environment: 'a', region: 'us-east-1' });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('sources of two environments whose names run into one another are not called alike', () => {
  const root = mkdtempSync(join(tmpdir(), 'two-environments-'));
  const config = (environment: string, source: string) =>
    writeFileSync(
      join(root, 'config', `${environment}.yaml`),
      `sources: { ${source}: { kinesis: {}, table: t } }\ntables: { t: {} }\n`,
    );
  try {
    mkdirSync(join(root, 'config'));
    config('prod', 'eu-orders');
    config('prod-eu', 'clicks');
    expect(readSettings(root, 'prod', []).sources).toHaveProperty('eu-orders');
    config('prod-eu', 'orders');
    expect(() => readSettings(root, 'prod', [])).toThrow(
      'config/prod.yaml: sources.eu-orders: expected another name: its stream or consumer group would be alluvium-prod-eu-orders, as that of sources.orders in config/prod-eu.yaml is',
    );
    expect(() => readSettings(root, 'prod-eu', [])).toThrow(
      'config/prod-eu.yaml: sources.orders: expected another name',
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});
