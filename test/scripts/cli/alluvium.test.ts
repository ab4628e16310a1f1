import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalLake, startLocalLake } from '../../support/local-lake.ts';
import { manifest, manifestRange } from '../../support/manifests.ts';

let lake: LocalLake;

beforeAll(async () => {
  lake = await startLocalLake();
});
afterAll(() => lake.close());

function alluvium(...given: (string | { env: Record<string, string> })[]) {
  const args = given.filter((arg) => typeof arg === 'string');
  return lake.alluvium(args, given.find((arg) => typeof arg !== 'string')?.env);
}

test('what is stranded is resumed by name', async () => {
  const { ledger } = lake;
  await lake.createFlights({ incarnation: 'incarnation-1' });
  await ledger.stage({ moves: [], manifests: [manifest([manifestRange(5)]), manifest([manifestRange(6)])] });
  expect(await alluvium('resume', '--env', 'local', 'flights')).toMatchObject({
    code: 0,
    stdout: '2 manifests with 20 rows wait for the next commit of table flights.\n',
  });
  expect((await ledger.manifestsOf('t1')).map(({ ranges }) => ranges[0]?.ordinal)).toEqual([1, 2]);
  const again = await alluvium('resume', '--env', 'local', 'flights');
  expect(again.stdout).toBe('Nothing of table flights is stranded.\n');
});

test('a restored ledger is brought up to the lake', async () => {
  const { code, stdout } = await alluvium('restore-ledger', '--env', 'local', '--to', '2026-11-21T10:15:00Z');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'The lake has:\nLet the sources be read again from the restored cursors.\n',
  });
});

test('settings and variables that are not as they must be end with code 2, without the usage of the command', async () => {
  const { ALLUVIUM_LAKE_BUCKET, ...others } = lake.variables;
  expect(ALLUVIUM_LAKE_BUCKET).toBe('lake');
  const unset = await alluvium('cat', '--env', 'dev', 'flights', { env: others });
  expect(unset).toMatchObject({
    code: 2,
    stderr: 'expected the environment variables ALLUVIUM_LAKE_BUCKET, found them unset\n',
  });
});

test('a bucket without a region asks for AWS_REGION', async () => {
  const { AWS_REGION, ...others } = lake.variables;
  expect(AWS_REGION).toBe('us-east-1');
  const { code, stderr } = await alluvium('cat', 's3://nope/table', { env: { ...others, HOME: lake.folder } });
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('expected AWS_REGION to be set') });
});

test('what is not understood is said, with what was expected', async () => {
  expect(await alluvium('sing')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('drain, restore-ledger, got sing'),
  });
  for (const to of ['2026-11-21', '2026-02-30T10:15:00Z']) {
    const refused = await alluvium('restore-ledger', '--env', 'local', '--to', to);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('such as --to 2026-11-21T10:15:00Z') });
  }
  const elsewhere = await alluvium('resume', '--env', 'elsewhere', 'flights');
  expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining('config/elsewhere.yaml') });
  expect(await alluvium('resume', '--env', 'local', 'unknown')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('unknown: expected a table that the ledger knows, found none; it knows flights'),
  });
});
