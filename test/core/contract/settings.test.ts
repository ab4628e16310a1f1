import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { byteSize, duration } from '#contract/duration.ts';
import { settings } from '#contract/settings.ts';

const config = join(import.meta.dirname, '../../../config');
const environments = readdirSync(config).filter((file) => file.endsWith('.yaml'));
const examples = readdirSync(join(config, 'examples')).map((file) => `examples/${file}`);

test.each([...environments, ...examples])('config/%s is valid', (file) => {
  expect(settings.safeParse(parse(readFileSync(join(config, file), 'utf8'))).error?.message).toBeUndefined();
});

test('prod shows Kinesis and MSK, dev Kinesis', () => {
  const kinds = (file: string) =>
    Object.values(settings.parse(parse(readFileSync(join(config, file), 'utf8'))).sources).map(
      ({ origin }) => origin.kind,
    );
  expect(new Set(kinds('prod.yaml'))).toEqual(new Set(['kinesis', 'kafka']));
  expect(new Set(kinds('dev.yaml'))).toEqual(new Set(['kinesis']));
});

test.each([
  ['500ms', 500],
  ['2s', 2000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('duration %s', (text, milliseconds) => {
  expect(duration.parse(text)).toBe(milliseconds);
});

test.each(['', '5', '5 s', '1.5h', '-1s', '1w', 5])('no duration: %j', (text) => {
  expect(duration.safeParse(text).success).toBe(false);
});

test.each([
  [1, 1],
  ['64KiB', 65_536],
  ['128MiB', 134_217_728],
  ['1GiB', 1_073_741_824],
])('size %s', (text, bytes) => {
  expect(byteSize.parse(text)).toBe(bytes);
});

test.each([0, -1, 1.5, '128MB', '128', 'MiB'])('no size: %j', (text) => {
  expect(byteSize.safeParse(text).success).toBe(false);
});

describe('defaults', () => {
  const parsed = settings.parse({ sources: { clicks: { kinesis: {}, table: 'clicks' } }, tables: { clicks: {} } });

  test('a table', () => {
    expect(parsed.tables.clicks).toEqual({
      schema: 'infer',
      evolution: 'add',
      maxColumns: 2_000,
      maxDepth: 32,
      nanoseconds: 'deadLetter',
      partitionBy: [],
      latencyMs: 60_000,
      minFileBytes: 128 * 1024 ** 2,
      maxRowsPerFile: 1_000_000,
      logStore: 'dynamodb',
      protectLog: false,
      vacuum: { full: false, maxFiles: 100_000, maxListed: 500_000 },
      logCleanup: { maxFiles: 100_000 },
      checkpointInterval: 10,
      positionColumns: false,
      compression: 'zstd',
      bloomFilters: [],
      properties: {},
      optimize: {
        targetFileBytes: 128 * 1024 ** 2,
        minRowGroupBytes: 64 * 1024,
        maxFilesPerRun: 20_000,
        maxBytesPerRun: 64 * 1024 ** 3,
      },
      coalesce: {
        enabled: true,
        minFiles: 4,
        smallFileBytes: 16 * 1024 ** 2,
        minRowGroupBytes: 64 * 1024,
        maxBytes: 64 * 1024 ** 2,
        maxTimeMs: 10_000,
      },
      repair: { maxMissingRatio: 0.05, maxFilesPerCommit: 5_000, missingWindowMs: 604_800_000 },
      maxStagedBytes: 8 * 1024 ** 3,
      maxStagedManifests: 20_000,
    });
  });

  test('dead letters always have a table', () => {
    expect(parsed.tables.dead_letters).toEqual(parsed.tables.clicks);
  });

  test('declared columns are all there are', () => {
    const { tables } = settings.parse({ sources: {}, tables: { t: { schema: [{ name: 'id', type: 'long' }] } } });
    expect(tables.t).toMatchObject({
      evolution: 'deadLetter',
      schema: [{ name: 'id', type: 'long', nullable: true }],
    });
  });
});

test('the schema of dead letters is not for settings to say', () => {
  const { error } = settings.safeParse({
    sources: {},
    tables: { dead_letters: { schema: [{ name: 'id', type: 'long' }] } },
  });
  expect(error?.issues).toMatchObject([{ path: ['tables', 'dead_letters', 'schema'] }]);
});

test('dead letters are not partitioned by bytes, which need be no text', () => {
  const by = (partitionBy: string[]) => settings.safeParse({ sources: {}, tables: { dead_letters: { partitionBy } } });
  expect(by(['_source', 'error']).success).toBe(true);
  expect(by(['_source', 'Payload']).error?.issues).toMatchObject([
    {
      path: ['tables', 'dead_letters', 'partitionBy', '1'],
      message: expect.stringContaining('got "Payload"'),
    },
  ]);
});

test('a second core takes two processors', () => {
  const withMemory = (memoryMiB: number) =>
    settings.safeParse({ sources: {}, tables: {}, functions: { ingest: { secondCore: true, memoryMiB } } });
  expect(withMemory(3538).data?.functions.ingest).toMatchObject({ secondCore: true });
  expect(settings.safeParse({ sources: {}, tables: {} }).data?.functions.ingest).toMatchObject({ secondCore: false });
  expect(withMemory(3537).error?.issues).toMatchObject([
    {
      path: ['functions', 'ingest', 'secondCore'],
      message:
        'expected functions.ingest.memoryMiB of 3538 or more, which is two processors, for a second core; got 3537',
    },
  ]);
});

describe('a table that could never be written is refused', () => {
  const long = (name: string) => ({ name, type: 'long' });
  const environmentWith = (table: object) =>
    settings.safeParse({ sources: { web: { kinesis: {}, table: 'clicks' } }, tables: { clicks: table } });

  test.each([
    [{ schema: [long('a'), { name: 'A', type: 'string' }] }, 'schema.1.name', 'regard to case; got "A"'],
    [{ schema: [long('a'), long('_Source')] }, 'schema.1.name', 'for position columns; got "_Source"'],
    [{ properties: { 'delta.columnMapping.mode': 'name' } }, 'properties.delta.columnMapping.mode', 'not written here'],
    [
      { properties: { 'delta.enableDeletionVectors': 'true' } },
      'properties.delta.enableDeletionVectors',
      'not written',
    ],
    [{ expireAfter: '36h' }, 'expireAfter', 'expected whole days'],
    [{ expireAfter: '0d' }, 'expireAfter', 'expected whole days'],
    [
      { expireAfter: '90d', properties: { 'delta.appendOnly': 'true' } },
      'expireAfter',
      'expired files could never leave the log',
    ],
  ])('%j', (table, path, message) => {
    const [issue] = environmentWith(table).error?.issues ?? [];
    expect(issue?.path.join('.')).toBe(`tables.clicks.${path}`);
    expect(issue?.message).toContain(message);
  });

  test('properties that say how a table is kept are passed on', () => {
    const properties = { 'delta.appendOnly': 'true', 'delta.logRetentionDuration': 'interval 60 days', owner: 'web' };
    expect(environmentWith({ properties }).data?.tables.clicks?.properties).toEqual(properties);
  });
});
