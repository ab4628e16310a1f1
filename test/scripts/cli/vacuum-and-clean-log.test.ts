import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { cleanLogVerb } from '../../../scripts/cli/clean-log.ts';
import { vacuum } from '../../../scripts/cli/vacuum.ts';
import { addFile, removeFile, schemaString, tableCreation } from '../../support/actions.ts';
import { type LocalLake, startLocalLake } from '../../support/local-lake.ts';
import { runVerb } from '../../support/run-verb.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();
let lake: LocalLake;
let flights: ObjectStore;

/** Puts an object that is so old. */
async function putOld(path: string, bytes: Uint8Array, days: number): Promise<void> {
  await flights.put(path, bytes);
  const written = new Date(nowMs - days * dayMs);
  await utimes(join(lake.folder, 's3/lake/tables/flights', path), written, written);
}

beforeAll(async () => {
  lake = await startLocalLake();
  Object.assign(process.env, lake.variables);
  await lake.createFlights();
  flights = lake.tableStore('flights');
  const removed = ['a%20b', 'c'].map((path) => removeFile(path, { deletionTimestamp: nowMs - 40 * dayMs, size: 1024 }));
  const adds = ['a%20b', 'c', 'd'].map((path) => ({ add: addFile(path) }));
  await putOld(commitPath(0), serializeActions(tableCreation(...adds)), 50);
  await putOld(commitPath(1), serializeActions(removed.map((remove) => ({ remove }))), 40);
  await putOld(commitPath(2), serializeActions([{ add: addFile('e') }]), 35);
  await putOld(commitPath(3), serializeActions([{ add: addFile('f') }]), 1);
  await writeCheckpoint(flights, checkpointCodec, 2, nowMs);
  for (const path of ['a b', 'c', 'd', 'e', 'orphan']) await putOld(path, new Uint8Array(1024), 50);
  await putOld('f', new Uint8Array(1), 1);
});
afterAll(() => lake.close());

const verbs = { vacuum, 'clean-log': cleanLogVerb };
const alluvium = (name: keyof typeof verbs, ...args: string[]) => runVerb(verbs[name], ...args);
const onFlights = (verb: keyof typeof verbs, ...args: string[]) => alluvium(verb, '--env', 'local', 'flights', ...args);
const files = async () =>
  (await Array.fromAsync(flights.list(''))).map(({ path }) => path).filter((path) => !path.includes('/'));

test('vacuum: a dry run names files, their number and bytes; then they go', async () => {
  expect(await onFlights('vacuum', '--dry-run')).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^a b\nc\n2 files \(2\.0 KiB\) of table flights would be deleted\.\nKept: what is in use, and what was put or removed after \S+Z, the retention of 7 d: 0 removed files \(0 B\)\.$/,
    ),
    stderr: '',
  });
  expect(JSON.parse((await onFlights('vacuum', '--dry-run', '--json')).stdout)).toMatchObject({
    outcome: 'planned',
    bytes: 2048,
    files: [{ path: 'a b', sizeBytes: 1024 }, { path: 'c' }],
  });
  expect(await files()).toHaveLength(6);
  expect(await onFlights('vacuum')).toMatchObject({
    stdout: expect.stringMatching(/^2 files \(2\.0 KiB\) of table flights are deleted\.\n/),
  });
  expect(await onFlights('vacuum', '--full')).toMatchObject({
    stdout: expect.stringMatching(/^1 files \(1\.0 KiB\) of table flights are deleted\.\n/),
  });
  expect(await files()).toEqual(['d', 'e', 'f']);
});

test('vacuum: what readers of earlier versions need is refused', async () => {
  const refused = await onFlights('vacuum', '--retention', '36h', '--json');
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { name: 'VacuumRefused' } });
  expect(await onFlights('vacuum', '--retention', '36h', '--force', '--dry-run')).toMatchObject({ code: 0 });
  expect((await onFlights('vacuum', '--retention', '1m', '--force', '--dry-run')).stdout).toMatch(
    /put or removed after \S+Z, the retention of 1 d, which is the least: 0 removed files \(0 B\)\.$/,
  );
  expect(await onFlights('vacuum', '--retention', '30d', '--force')).toMatchObject({ code: 3 });
});

test('clean-log: a dry run names files and what stands in for them; then they go', async () => {
  const names = [0, 1].map(commitPath);
  const planned = await onFlights('clean-log', '--dry-run');
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(
    new RegExp(
      `^${names.join('\n')}\nCheckpoint 2 says what the log before it says.\n2 files \\(.* B\\) of the log of table flights would be deleted; version 2 and later stay.$`,
    ),
  );
  const cleaned = JSON.parse((await onFlights('clean-log', '--json')).stdout);
  expect(cleaned).toMatchObject({ outcome: 'cleaned', keptFrom: 2, files: names.map((path) => ({ path })) });
  expect(await flights.head(commitPath(1))).toBeUndefined();
  expect((await onFlights('clean-log')).stdout).toContain('Nothing of the log of table flights is to be deleted');
  expect((await loadLogState(flights, checkpointCodec))?.version).toBe(3);
});

test('vacuum: what is removed too lately to go is counted', async () => {
  await lake.ledger.createTable({
    tableId: 't2',
    tableName: 'cities',
    incarnation: 'incarnation-2',
    schemaString: schemaString(['id', 'long']),
    schemaVersion: 1,
    partitionColumns: [],
  });
  const cities = lake.tableStore('cities');
  await cities.put(commitPath(0), serializeActions(tableCreation({ add: addFile('a') })));
  const remove = removeFile('a', { deletionTimestamp: nowMs, size: 2048 });
  await cities.put(commitPath(1), serializeActions([{ remove }]));
  expect((await alluvium('vacuum', '--env', 'local', 'cities')).stdout).toMatch(
    /^0 files \(0 B\) of table cities are deleted\.\nKept: .* the retention of 7 d: 1 removed files \(2\.0 KiB\)\.$/,
  );
});

test('clean-log: where every version is young, it says so', async () => {
  await lake.tableStore('trips').put(commitPath(0), serializeActions(tableCreation()));
  expect(await alluvium('clean-log', '--env', 'local', 'trips')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^Nothing of the log of table trips is to be deleted: .* younger than \S+T00:00:00\.000Z, and all are\.$/,
    ),
  });
});

test.each([
  [['vacuum', 'flights'], 2, 'expected vacuum --env <environment> <table>'],
  [
    ['vacuum', '--env', 'local', 'flights', '--retention', '1w'],
    2,
    'expected --retention to be a time of more than 0 in minutes, hours or days, such as 90m, 36h or 7d, got 1w',
  ],
  [['vacuum', '--env', 'local', 'flights', '--retention', '0h'], 2, 'a time of more than 0'],
  [['vacuum', '--env', 'local', 'nosuch'], 1, 'nosuch: expected a table that the ledger knows, found none; it knows'],
  [['clean-log', '--env', 'local'], 2, 'expected clean-log --env <environment> <table>'],
])('%j ends with %i', async ([verb, ...args], code, said) => {
  const ended = await alluvium(verb as keyof typeof verbs, ...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(said);
});
