import { afterEach, expect, test, vi } from 'vitest';
import { exitCodeOf, exitCodes } from '../../../scripts/cli/failure.ts';
import { lakeEnvironment } from '../../../scripts/cli/operator-environment.ts';

afterEach(() => vi.unstubAllEnvs());

const nouns = ['ledgerTable', 'lakeBucket', 'deltaLogTable'] as const;

function read(ledger: string, bucket: string, log: string, deltaLogTable?: string) {
  vi.stubEnv('ALLUVIUM_LEDGER_TABLE', ledger);
  vi.stubEnv('ALLUVIUM_LAKE_BUCKET', bucket);
  vi.stubEnv('ALLUVIUM_DELTA_LOG_TABLE', log);
  return () => lakeEnvironment({ environment: 'prod', deltaLogTable }, ...nouns);
}

test.each([
  ['alluvium-prod-ledger', 'alluvium-prod-storage-lakef00-1', 'alluvium-prod-delta-log'],
  ['alluvium-prod-ledger-of-friday', 'lake', 'delta_log'],
])('a command of an environment works on %s', (ledger, bucket, log) => {
  expect(read(ledger, bucket, log)()).toEqual({ ledgerTable: ledger, lakeBucket: bucket, deltaLogTable: log });
});

test.each([
  ['ALLUVIUM_LEDGER_TABLE', 'alluvium-dev-ledger', 'lake', 'delta_log'],
  ['ALLUVIUM_LEDGER_TABLE', 'alluvium-prod-eu-ledger', 'lake', 'delta_log'],
  ['ALLUVIUM_LAKE_BUCKET', 'alluvium-prod-ledger', 'alluvium-dev-storage-lakef00-1', 'delta_log'],
  ['ALLUVIUM_DELTA_LOG_TABLE', 'alluvium-prod-ledger', 'lake', 'alluvium-dev-delta-log'],
])('%s of another environment is told before anything is touched', (variable, ledger, bucket, log) => {
  const reading = read(ledger, bucket, log);
  expect(reading).toThrow(`expected ${variable} to name what environment prod has, such as alluvium-prod-`);
  try {
    reading();
  } catch (error) {
    expect(exitCodeOf(error)).toBe(exitCodes.usage);
  }
});

test('commits are told to the log of commits that the settings name, or writers would not see each other', () => {
  expect(read('alluvium-prod-ledger', 'lake', 'alluvium-prod-delta-log', 'delta_log')).toThrow(
    'expected ALLUVIUM_DELTA_LOG_TABLE to name delta_log; got alluvium-prod-delta-log',
  );
});
