import { afterAll, beforeAll, expect, test } from 'vitest';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import { addFile, tableCreation } from '../../support/actions.ts';
import { type LocalLake, startLocalLake } from '../../support/local-lake.ts';

let lake: LocalLake;

beforeAll(async () => {
  lake = await startLocalLake();
  await lake.createFlights();
  const flights = lake.tableStore('flights');
  const files = ['a%20b.parquet', 'b.parquet', 'c.parquet'].map((path) => addFile(path));
  await flights.put(commitPath(0), serializeActions(tableCreation(...files.map((add) => ({ add })))));
  for (const path of ['b.parquet', 'c.parquet']) await flights.put(path, new Uint8Array([1]));
});
afterAll(() => lake.close());

const repair = (...args: string[]) => lake.alluvium(['repair', '--env', 'local', ...args]);

test('a dry run names what is missing, and says that a repair would refuse', async () => {
  const { code, stdout } = await repair('flights', '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toBe(
    'a b.parquet\n1 of 3 files of table flights are missing, 1 of them for no known reason; a repair would refuse.\n',
  );
});

test('past the ratio it refuses, until somebody lets the files go', async () => {
  const refused = await repair('flights', '--json');
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { name: 'RepairRefused' } });
  const planned = await repair('flights', '--dry-run', '--max-missing-ratio', '0.5', '--json');
  expect(JSON.parse(planned.stdout)).toMatchObject({
    outcome: 'planned',
    missing: [{ path: 'a b.parquet', sizeBytes: 100, gone: 'data' }],
  });
  expect(await repair('flights', '--max-missing-ratio', '0.5')).toMatchObject({
    code: 0,
    stdout: '1 files (100 bytes) left table flights with version 1.\n',
  });
  expect(await repair('flights')).toMatchObject({ code: 0, stdout: 'Every file of table flights is there (2).\n' });
});

test.each([
  [['flights', '--max-missing-ratio', '2'], 2, 'expected --max-missing-ratio to be a number from 0 to 1, got 2'],
  [[], 2, 'expected repair --env <environment> <table>'],
  [['nosuch'], 1, 'nosuch: expected a table that the ledger knows, found none'],
])('%j ends with %i', async (args, code, said) => {
  const ended = await repair(...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(said);
});
