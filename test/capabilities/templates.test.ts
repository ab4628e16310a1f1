import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { environmentVariables } from '#contract/environment.ts';
import { analyticsEvent } from '../../scripts/local/samples/analytics-events.ts';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';
import { type Resource, synthesise } from '../support/synthesised.ts';
import { areShared, twoCoreEngines } from '../support/two-core-engines.ts';

/* What rows are, and what the templates of the same settings say. Together in one file: what synthesises is slow to load. */
const folder = join(import.meta.dirname, '../../config/examples');
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const exampleWorld = (name: string): Promise<LakeWorld> =>
  lakeWorld(readFileSync(join(folder, name), 'utf8'), { file: `config/examples/${name}` });

/** Of topics, in their order. */
const topicMappings = ({ settings }: LakeWorld): Resource[] =>
  synthesise(settings)
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ Properties }) => Properties.Topics !== undefined);

test('K1 how many pollers share them is a setting, provisioned or on demand', async () => {
  const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  clicks: { kafka: { cluster: broker, topic: clicks, pollers: { minimum: 2, maximum: 8 } }, table: clicks }
  views: { kafka: { cluster: broker, topic: views, pollers: onDemand }, table: views }
tables: { clicks: {}, views: {} }
`;
  const world = await lakeWorld(settings);
  const mappings = topicMappings(world);
  const pollers = mappings.map(({ Properties }) => [Properties.Topics, Properties.ProvisionedPollerConfig]);
  expect(pollers).toEqual([
    [['clicks'], { MinimumPollers: 2, MaximumPollers: 8 }],
    [['views'], undefined],
  ]);
});

test.each([false, true])(
  'K13 no worker counts: memory of the function, and a second core or none (%s)',
  async (secondCore) => {
    const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: {} }
functions: { ingest: { memoryMiB: 3538, secondCore: ${secondCore} } }
`;
    const failures: string[] = [];
    const engines = secondCore ? await twoCoreEngines(failures) : kernelEngines();
    const world = await lakeWorld(settings, { ingestPorts: { engines } });
    expect([world.settings.functions.ingest.secondCore, areShared(engines)]).toEqual([secondCore, secondCore]);
    const values = Array.from({ length: 8_000 }, (_, id) => ({ id, name: `user ${id}`, ratio: id / 8 }));
    await world.push(
      'clicks',
      values.map((value) => ({ value })),
    );
    await world.commit();
    const rows = await world.rows('clicks');
    expect(rows.toSorted((left, right) => (left.id as number) - (right.id as number))).toEqual(values);
    expect(failures).toEqual([]);

    const { Properties } = synthesise(world.settings)
      .ofType('AWS::Lambda::Function')
      .find((resource) => JSON.stringify(resource.Properties).includes('ALLUVIUM_SOURCE'))!;
    expect(Properties.MemorySize).toBe(3538);
  },
);

test("K10 a starting position is the mapping's, of topics and of streams", async () => {
  const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  oldest: { kafka: { cluster: broker, topic: oldest }, table: clicks }
  newest: { kafka: { cluster: broker, topic: newest }, table: clicks, startingPosition: LATEST }
  since: { kinesis: {}, table: clicks, startingPosition: { timestamp: "2026-11-21T10:02:00+01:00" } }
tables: { clicks: {} }
`;
  const world = await lakeWorld(settings);
  const mappings = synthesise(world.settings).ofType('AWS::Lambda::EventSourceMapping');
  const starting = mappings.map(({ Properties }) => [
    Properties.StartingPosition,
    Properties.StartingPositionTimestamp,
  ]);
  expect(starting).toEqual(
    expect.arrayContaining([
      ['TRIM_HORIZON', undefined],
      ['LATEST', undefined],
      ['AT_TIMESTAMP', Date.UTC(2026, 10, 21, 9, 2) / 1000],
    ]),
  );
});

test('K22 any key of the file is overridden by -c a.b=value, nested ones and lists included', async () => {
  const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { latency: 300s } }
`;
  const overrides = [
    { key: 'tables.clicks.latency', value: '0s' },
    { key: 'tables.clicks.schema', value: '[{ name: id, type: string }, { name: day, type: date }]' },
    { key: 'tables.clicks.partitionBy', value: '[day]' },
    { key: 'sources.clicks.kinesis.shards', value: '4' },
    { key: 'functions.commit.memoryMiB', value: '512' },
  ];
  const world = await lakeWorld(settings, { overrides });
  await world.push('clicks', [{ value: { id: 'a', day: '2026-11-21' } }]);
  await world.commitRipe();
  expect(await world.rows('clicks')).toEqual([{ id: 'a', day: '2026-11-21' }]);
  const { ofType } = synthesise(world.settings);
  expect(ofType('AWS::Kinesis::Stream')[0]?.Properties.ShardCount).toBe(4);
  expect(ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.MemorySize)).toContain(512);
});

test('D5 each topic has its batch size and window, each table its flush interval and size', async () => {
  const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders }, table: orders, batch: { maxRecords: 1000, window: 5s } }
  clicks: { kafka: { cluster: broker, topic: clicks }, table: clicks, batch: { maxRecords: 100, window: 1s } }
tables:
  orders: { latency: 5s, maxRowsPerFile: 1000 }
  clicks: { latency: 60s, maxRowsPerFile: 100 }
`;
  const world = await lakeWorld(settings);
  const mappings = topicMappings(world);
  const batches = mappings.map(({ Properties }) => [
    Properties.Topics,
    Properties.BatchSize,
    Properties.MaximumBatchingWindowInSeconds,
  ]);
  expect(batches).toEqual([
    [['orders'], 1000, 5],
    [['clicks'], 100, 1],
  ]);

  for (const source of ['orders', 'clicks']) await world.push(source, [{ value: { id: 1 } }]);
  world.nowMs += 5_000;
  await world.commitRipe();
  expect(await world.rows('orders')).toEqual([{ id: 1 }]);
  expect(await world.rows('clicks')).toEqual([]);
  await world.push(
    'clicks',
    Array.from({ length: 99 }, (_, index) => ({ value: { id: index + 2 } })),
  );
  await world.commitRipe();
  expect(await world.rows('clicks')).toHaveLength(100);
});

test('D8 a dashboard shows sources and tables, and alarms watch each', async () => {
  const world = await exampleWorld('danube.yaml');
  const { ofType } = synthesise(world.settings);
  const [dashboard, ...others] = ofType('AWS::CloudWatch::Dashboard').map((found) => JSON.stringify(found));
  expect(others).toEqual([]);
  const alarms = ofType('AWS::CloudWatch::Alarm').map((found) => JSON.stringify(found));
  const { sources, tables } = world.settings;
  for (const name of [...Object.keys(sources), ...Object.keys(tables)]) {
    expect(dashboard).toContain(name);
    expect(alarms.filter((alarm) => alarm.includes(name))).not.toEqual([]);
  }
});

/** What functions of AWS's own runtime read. */
const runtimes = /^(NODE_OPTIONS|MALLOC_|AWS_|POWERTOOLS_)/;

test('D7 structure is in the file, and variables hold what is known only at deployment', async () => {
  const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders }, table: orders, transforms: { sku: item.sku }, drop: [item] }
tables: { orders: { latency: 7s, maxRowsPerFile: 12345 } }
`;
  const world = await lakeWorld(settings);
  await world.push('orders', [{ value: { id: 1, item: { sku: 'A-1' } } }]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([{ id: 1, sku: 'A-1' }]);

  const functions = synthesise(world.settings).ofType('AWS::Lambda::Function');
  const variables = functions.flatMap(({ Properties }) =>
    Object.entries((Properties.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {}),
  );
  const own = variables.filter(([name]) => !runtimes.test(name));
  expect(own.length).toBeGreaterThan(functions.length);
  expect(Object.values(environmentVariables)).toEqual(expect.arrayContaining(own.map(([name]) => name)));
  expect(JSON.stringify(variables)).not.toMatch(/7000|12345|sku|127\.0\.0\.1/);
});

test('F1 a Kinesis stream of another account is read by its ARN and appended to a Delta table, in order', async () => {
  const streamArn = 'arn:aws:kinesis:eu-central-1:210987654321:stream/prices';
  const settings = `
region: eu-central-1
sources: { prices: { kinesis: { streamArn: "${streamArn}" }, table: prices } }
tables: { prices: {} }
`;
  const world = await lakeWorld(settings);
  const trade = (price: number, partition: number) => ({
    key: 'ACME',
    partition,
    value: { event_time: `2026-11-21T12:00:0${price}Z`, ticker: 'ACME', price },
  });
  await world.push('prices', [trade(1, 0), trade(2, 1), trade(3, 0)]);
  await world.commit();
  await world.push('prices', [trade(4, 1)]);
  await world.commit();
  const rows = await world.rows('prices');
  expect(rows.map(({ price }) => price)).toEqual([1, 2, 3, 4]);
  expect(await world.rows('prices', 0)).toHaveLength(3);

  const { ofType } = synthesise(world.settings);
  expect(ofType('AWS::Kinesis::Stream')).toEqual([]);
  const [mapping] = ofType('AWS::Lambda::EventSourceMapping');
  expect(mapping?.Properties.EventSourceArn).toBe(streamArn);
});

const keysOf = ({ KeySchema }: Record<string, unknown>): string[] =>
  (KeySchema as { AttributeName: string }[]).map(({ AttributeName }) => AttributeName);

test('F2 the table of items is one that is there already, or one that the stack makes of the same form', async () => {
  const world = await exampleWorld('flink-stock-ticker.yaml');
  await world.push('tickers', [{ value: { ticker: 'ACME', price: 1 } }]);
  await world.commit();
  expect(await world.rows('stock_prices')).toHaveLength(1);
  const there = synthesise(world.settings);
  expect(there.ofType('AWS::DynamoDB::Table').map(({ Properties }) => keysOf(Properties))).toEqual([['pk', 'sk']]);
  const commits = there
    .ofType('AWS::Lambda::Function')
    .filter(({ Properties }) => JSON.stringify(Properties).includes('ALLUVIUM_DELTA_LOG_TABLE'));
  expect(commits.length).toBeGreaterThan(0);
  for (const { Properties } of commits) {
    expect(Properties.Environment).toMatchObject({ Variables: { ALLUVIUM_DELTA_LOG_TABLE: 'delta_log' } });
  }

  const { deltaLogTable: _, ...others } = world.settings;
  const made = synthesise(others).ofType('AWS::DynamoDB::Table');
  expect(made.map(({ Properties }) => keysOf(Properties))).toContainEqual(['tablePath', 'fileName']);
});

test('P1 a batch is 100 records or 10 seconds, as the group that it reads for has it', async () => {
  const world = await exampleWorld('python-analytics.yaml');
  const [mapping] = topicMappings(world);
  expect(mapping?.Properties).toMatchObject({
    Topics: ['analytics-events'],
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 10,
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'delta-writer-consumer' },
  });
  await world.push('analytics', [{ value: analyticsEvent(1, 1) }]);
  world.nowMs += 8_000;
  await world.commitRipe();
  expect(await world.rows('analytics_events')).toHaveLength(0);
  world.nowMs += 2_000;
  await world.commitRipe();
  expect(await world.rows('analytics_events')).toHaveLength(1);
});

test.each(examples)('config/examples/%s can be deployed', async (name) => {
  const { settings } = await exampleWorld(name);
  const mappings = synthesise(settings).ofType('AWS::Lambda::EventSourceMapping');
  expect(mappings).toHaveLength(Object.keys(settings.sources).length + 1);
});
