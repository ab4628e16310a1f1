import { expect, test } from 'vitest';
import type { FunctionReport, MappingReport } from '../../../../scripts/local/local-aws.ts';
import { stuckCauses } from '../../../../scripts/local/progress/stuck.ts';

const functionOf = (name: string, about: Partial<FunctionReport> = {}): FunctionReport => ({
  name,
  logicalId: name,
  processes: 1,
  running: 0,
  invocations: 1,
  errors: 0,
  timeouts: 0,
  kills: 0,
  killsWhileRunning: 0,
  logFile: `.local/logs/${name}.log`,
  ...about,
});
const mappingOf = (origin: string, about: Partial<MappingReport> = {}): MappingReport => ({
  functionName: `ingest-${origin}`,
  kind: 'kafka',
  origin,
  lag: 0,
  busy: false,
  records: 10,
  batches: 1,
  failures: 0,
  ...about,
});
const topics = ['flights', 'movies'].map((name) => ({ name, partitions: 1, source: name, table: `${name}_table` }));
const nothing = { mappings: [], functions: [], manifests: new Map(), streams: [], topics };

test('a source that waits is named with its table, what its function said last, and the log', () => {
  const functions = [
    functionOf('ingest-flights', { source: 'flights', lastError: 'batch not accepted: BackpressureError: too much' }),
    functionOf('ingest-movies', { source: 'movies' }),
  ];
  const mappings = [mappingOf('flights', { lag: 1_200 }), mappingOf('movies')];
  expect(stuckCauses({ ...nothing, mappings, functions })).toEqual([
    'source flights: 1,200 records for table flights_table wait; ingest-flights: batch not accepted: BackpressureError: too much, see .local/logs/ingest-flights.log',
  ]);
});

test('a batch that is tried again and again waits too, though nothing lags behind it', () => {
  const mappings = [mappingOf('movies', { busy: true })];
  expect(stuckCauses({ ...nothing, mappings, functions: [functionOf('ingest-movies', { source: 'movies' })] })).toEqual(
    [
      'source movies: 0 records for table movies_table wait; ingest-movies reports no error, see .local/logs/ingest-movies.log',
    ],
  );
});

test('a table whose manifests wait is named with what the committer said', () => {
  const functions = [functionOf('commit', { lastError: 'table not committed: LedgerBehindLogError: older' })];
  expect(stuckCauses({ ...nothing, functions, manifests: new Map([['flights', 3]]) })).toEqual([
    'table flights: 3 manifests wait to be committed; commit: table not committed: LedgerBehindLogError: older, see .local/logs/commit.log',
  ]);
});
