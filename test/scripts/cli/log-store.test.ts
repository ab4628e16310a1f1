import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitEntryTable } from '#adapters/aws/commit-entry-table.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitFileName, commitPath } from '#delta/log-path.ts';
import { tableCreation } from '../../support/actions.ts';
import { type LocalLake, startLocalLake } from '../../support/local-lake.ts';

let lake: LocalLake;

beforeAll(async () => {
  lake = await startLocalLake();
  await lake.createFlights({ logStore: { family: 'conditional', sinceVersion: -1 } });
  await lake.tableStore('flights').put(commitPath(0), serializeActions(tableCreation()));
});
afterAll(() => lake.close());

const logStore = (...args: string[]) => lake.alluvium(['log-store', '--env', 'local', ...args]);

test('a table is switched once, with a complete entry for its latest version', async () => {
  expect(await logStore('flights', 'dynamodb')).toMatchObject({
    code: 0,
    stdout: 'Table flights is written by dynamodb from version 1 on.\n',
  });
  expect((await lake.ledger.tableById('t1'))?.logStore).toEqual({ family: 'dynamodb', sinceVersion: 1 });
  expect(await commitEntryTable(lake.items, 'delta_log').newest('s3a://lake/tables/flights')).toMatchObject({
    fileName: commitFileName(1),
    complete: true,
  });
  expect((await logStore('flights', 'dynamodb')).stdout).toBe('Table flights is written by dynamodb already.\n');
});

test('where the settings name another family it is refused, and commits go on', async () => {
  const { code, stderr } = await logStore('flights', 'conditional');
  expect(code).toBe(3);
  expect(stderr).toContain(
    'expected tables.flights.logStore in config/local.yaml to be conditional, and deployed, before the switch: it is dynamodb',
  );
  expect((await lake.ledger.tableById('t1'))?.logStore).toEqual({ family: 'dynamodb', sinceVersion: 1 });
});

test.each([
  [['flights', 'zookeeper'], 2, 'expected log-store --env <environment> <table> dynamodb | conditional'],
  [['flights'], 2, 'expected log-store'],
  [['trips', 'dynamodb'], 1, 'trips: expected a table that the ledger knows, found none; it knows flights'],
])('%j ends with status %i', async (args, code, message) => {
  const failed = await logStore(...args);
  expect({ code: failed.code, says: failed.stderr.includes(message) }, failed.stderr).toEqual({ code, says: true });
});
