import { afterAll, beforeAll, expect, test } from 'vitest';
import { optimize } from '../../../scripts/cli/optimize.ts';
import { type LocalLake, startLocalLake } from '../../support/local-lake.ts';
import { OptimizedTable } from '../../support/optimized-table.ts';
import { runVerb } from '../../support/run-verb.ts';
import { field } from '../../support/schemas.ts';

let lake: LocalLake;
let flights: OptimizedTable;

beforeAll(async () => {
  lake = await startLocalLake();
  Object.assign(process.env, lake.variables);
  flights = new OptimizedTable({
    store: lake.tableStore('flights'),
    fields: [field('id', 'long'), field('day', 'date')],
    partitionColumns: ['day'],
  });
  await flights.create();
  for (const [index, day] of ['2026-11-20', '2026-11-21', '2026-11-20', '2026-11-21', '2026-11-21'].entries()) {
    await flights.append([[BigInt(index)]], flights.partition({ day }));
  }
});
afterAll(async () => {
  flights.close();
  await lake.close();
});

const run = (...args: string[]) => runVerb(optimize, '--env', 'local', ...args);

test('a dry run tells what would be merged, partition by partition', async () => {
  const lines = (await run('flights', '--dry-run')).stdout.split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^Table flights, day=2026-11-21: 3 files \([\d.]+ KiB\) would be merged\.$/);
  expect(lines[1]).toMatch(/^Table flights, day=2026-11-20: 2 files \([\d.]+ (KiB|B)\) would be merged\.$/);
  expect(JSON.parse((await run('flights', '--dry-run', '--json')).stdout)).toMatchObject({
    version: 5,
    files: 5,
    leftAlone: 0,
  });
  expect(await flights.files()).toHaveLength(5);
});

test('partitions that a predicate names are merged, then the others, then nothing is left', async () => {
  expect((await run('flights', '--where', "day = '2026-11-20'")).stdout).toMatch(
    /^version 6: 2 files of .* are one of .* \((copied|rewritten)\)$/,
  );
  expect(JSON.parse((await run('flights', '--json')).stdout)).toMatchObject({
    version: 6,
    outcomes: [{ kind: 'merged', version: 7, files: 3 }],
  });
  expect((await flights.rows()).map(({ id }) => id).sort()).toEqual([0n, 1n, 2n, 3n, 4n]);
  expect(await run('flights')).toEqual({ code: 0, stdout: 'Nothing is to be merged.', stderr: '' });
});

test('what is not given as it must be is a matter of usage; what is not there has failed', async () => {
  expect(await run('flights', 'other')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected optimize --env'),
  });
  expect(await run('flights', '--where', 'id > 3')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--where: id: expected a partition column (day)'),
  });
  expect(await run('absent')).toMatchObject({ code: 1, stderr: expect.stringContaining('expected a Delta table') });
});

test('files that could not be merged are a failure that says how many', async () => {
  await flights.append([[10n]], flights.partition({ day: '2026-11-22' }));
  const { path } = await flights.append([[11n]], flights.partition({ day: '2026-11-22' }));
  await flights.store.delete(path);
  expect(await run('flights')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('flights: expected to merge 1 sets of files, 1 failed'),
  });
});
