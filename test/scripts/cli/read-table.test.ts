import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { serializeActions } from '#delta/action-json.ts';
import { deletionVectorPath } from '#delta/deletion-vector.ts';
import { decodePath } from '#delta/file-path.ts';
import { commitPath } from '#delta/log-path.ts';
import { cat } from '../../../scripts/cli/cat.ts';
import { diff } from '../../../scripts/cli/diff.ts';
import { exitCodeOf, exitCodes } from '../../../scripts/cli/failure.ts';
import { inspect } from '../../../scripts/cli/inspect.ts';
import type { Verb } from '../../../scripts/cli/verb.ts';
import { type S3Server, startS3 } from '../../../scripts/local/s3/server.ts';
import { openedTable } from '../../support/canonical-lines.ts';
import { deltaTables, deltaTablesFolder, linesOf } from '../../support/delta-tables.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'alluvium-read-'));
const variables: Record<string, string> = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
};
afterAll(() => rmSync(folder, { recursive: true }));

const start = (args: string[]) =>
  spawn(process.execPath, [join(root, 'bin/alluvium.ts'), ...args], { env: variables, cwd: folder });

async function alluvium(...args: string[]) {
  const child = start(args);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, stdout, stderr };
}

const lines = (stdout: string) => stdout.split('\n').slice(0, -1);
const inBytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));

test('help says the verbs and the exit codes, and is no error', async () => {
  const { code, stdout } = await alluvium('--help');
  expect(code).toBe(0);
  for (const verb of ['cat <table>', 'inspect <table>', 'history <table>', 'files <table>', 'diff <table>']) {
    expect(stdout).toContain(`alluvium ${verb}`);
  }
  expect((await alluvium('cat', '--help')).stdout).toMatch(/^ {2}alluvium cat .*\n {6}prints the rows/);
});

test('what is not understood is told, with how it should be', async () => {
  expect(await alluvium('cat')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^expected cat <table> .*\n\n {2}alluvium cat/),
  });
});

test('what Node says of arguments is put plainly', async () => {
  expect((await alluvium('cat')).stderr).toMatch(/, got nothing\n/);
  expect((await alluvium('cat', 'a', '--limit', '-1')).stderr).toMatch(
    /^expected a value after --limit, got another option; a value that begins with a dash is written --limit=<value>\n/,
  );
  expect((await alluvium('cat', 'a', '--wher', 'x')).stderr).toMatch(/^Unknown option '--wher'\n/);
});

test.each<[Verb, string[], string]>([
  [cat, ['a', 'b'], 'expected cat <table>'],
  [cat, ['a', '--wher', 'x'], "Unknown option '--wher'"],
  [cat, ['a', '--version', 'one'], 'expected --version to be a whole number, got one'],
  [cat, ['a', '--version', '1', '--timestamp', '2026-01-01'], 'expected --version or --timestamp, got both'],
  [cat, ['a', '--timestamp', 'yesterday'], 'expected --timestamp to be an instant such as 2026-11-21T10:15:00Z'],
  [cat, ['a', '--limit', '1.5'], 'expected --limit to be a whole number, got 1.5'],
  [diff, ['a', '1'], 'expected diff <table> <version> <version>'],
  [diff, ['a', '1', 'two'], 'expected a version to be a whole number, got two'],
  [inspect, ['a', '--env', 'elsewhere'], 'config/elsewhere.yaml'],
])('%o %j is no usage', async (verb, args, message) => {
  const failure = await verb.run(args, root).then(
    () => undefined,
    (error: Error) => error,
  );
  expect({ code: exitCodeOf(failure), message: failure?.message }).toEqual({
    code: exitCodes.usage,
    message: expect.stringContaining(message),
  });
});

test('where nothing is, there is no table', async () => {
  const { code, stderr } = await alluvium('cat', 'nowhere', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toEqual({
    error: { name: 'NotATable', message: 'nowhere: expected a Delta table, found no log' },
  });
  expect(await alluvium('cat', 'nowhere')).toMatchObject({ code: 1, stderr: expect.stringContaining('NotATable: ') });
});

test('what a log names absolutely is read where it lies', async () => {
  const golden = join(root, 'test/golden/deletion-vectors');
  const original = join(golden, 'table');
  const { state, files } = await openedTable(fileObjectStore(original));
  const absolute = (path: string) => pathToFileURL(join(original, path)).href;
  const adds = await Array.fromAsync(files(), (add) => {
    const { deletionVector: vector, path, ...rest } = add;
    const moved = { ...rest, path: absolute(decodePath(path)) };
    if (vector === undefined) return { add: moved };
    const pathOrInlineDv = absolute(deletionVectorPath(vector)!);
    return { add: { ...moved, deletionVector: { ...vector, storageType: 'p' as const, pathOrInlineDv } } };
  });
  expect(adds.some(({ add }) => 'deletionVector' in add)).toBe(true);
  const clone = join(folder, 'clone');
  const actions = [{ protocol: state.protocol }, { metaData: state.metaData }, ...adds];
  await fileObjectStore(clone).put(commitPath(0), serializeActions(actions));
  const expected = readFileSync(join(golden, `expected/v${state.version}.ndjson`), 'utf8');
  const { stdout } = await alluvium('cat', clone, '--json');
  expect(lines(stdout).sort(inBytes)).toEqual(lines(expected));
});

describe.skipIf(deltaTablesFolder === undefined)('of tables that others wrote', () => {
  const all = deltaTables();
  const table = (name: string) => all.find((candidate) => candidate.table === name)!;
  const expectedOf = (name: string, version: number) =>
    linesOf(table(name).versions.find((candidate) => candidate.version === version)!.expected!);

  test('rows come in canonical form', async () => {
    const { folder: path } = table('kernel/stats-writing-all-types');
    const { code, stdout } = await alluvium('cat', path, '--json');
    expect(code).toBe(0);
    expect(lines(stdout).sort(inBytes)).toEqual(expectedOf('kernel/stats-writing-all-types', 1));
  });

  test('versions are named by number or by an instant', async () => {
    const { folder: path } = table('delta-rs/cdc_ict_table');
    const first = await alluvium('cat', path, '--json', '--version', '1');
    expect(lines(first.stdout).sort(inBytes)).toEqual(expectedOf('delta-rs/cdc_ict_table', 1));
    const history = lines((await alluvium('history', path, '--json')).stdout).map((line) => JSON.parse(line));
    expect(history.map(({ version }) => version)).toEqual([3, 2, 1, 0]);
    const { timestamp, commitInfo } = history[2]!;
    expect(Date.parse(timestamp)).toBe(commitInfo.inCommitTimestamp);
    const then = await alluvium('cat', path, '--json', '--timestamp', timestamp);
    expect(then.stdout).toBe(first.stdout);
    const later = await alluvium('cat', path, '--json', '--timestamp', '2999-01-01');
    expect({ code: later.code, name: JSON.parse(later.stderr).error.name }).toEqual({
      code: 1,
      name: 'VersionNotReconstructible',
    });
  });

  test('rows are chosen by a predicate, columns by their names', async () => {
    const { folder: path } = table('delta-rs/delta-0.8.0-partitioned');
    const args = ['--where', "year = '2021' and value > '4'", '--columns', 'month, value', '--json'];
    const { stdout } = await alluvium('cat', path, ...args);
    expect(lines(stdout).sort()).toEqual([
      '{"month":"12","value":"5"}',
      '{"month":"12","value":"6"}',
      '{"month":"12","value":"7"}',
    ]);
    const limited = await alluvium('cat', path, ...args, '--limit', '2');
    expect(lines(limited.stdout)).toHaveLength(2);
    await expect(cat.run([path, '--columns', 'week'], root)).rejects.toThrow(
      '--columns: expected columns among value, year, month, day, got week',
    );
    await expect(cat.run([path, '--where', 'week = 3'], root)).rejects.toThrow(
      '--where: week: expected a column among',
    );
  });

  test('people get a table', async () => {
    const { folder: path } = table('delta-rs/delta-0.8.0-date');
    const { stdout } = await alluvium('cat', path);
    expect(lines(stdout).slice(0, 2)).toEqual(['date        dayOfYear', '──────────  ─────────']);
    expect(lines(stdout)).toContain('2021-01-01          1');
  });

  test('a table says what it is', async () => {
    const { folder: path } = table('kernel/with-short-dv');
    const found = JSON.parse((await alluvium('inspect', path, '--json')).stdout);
    expect(found).toMatchObject({ version: 0, files: 2, rows: 7, deletedRows: 3, checkpoint: null, txns: [] });
    expect(found.protocol.readerFeatures).toEqual(['deletionVectors']);
    const { stdout } = await alluvium('inspect', path);
    expect(stdout).toMatch(/^protocol {4}reader 3, writer 7$/m);
    expect(stdout).toMatch(/^rows {8}7$/m);
  });

  test('live files are those of the log', async () => {
    const { folder: path, versions } = table('kernel/with-short-dv');
    const { stdout } = await alluvium('files', path, '--json');
    const found = lines(stdout).map((line) => JSON.parse(line));
    const files = found.map(({ path: file, deletionVector, numRecords }) => ({
      path: file,
      deletionVector,
      numRecords,
    }));
    expect(files).toEqual(linesOf(versions[0]!.files!).map((line) => JSON.parse(line)));
  });

  test('two versions differ by what changed', async () => {
    const { folder: path } = table('delta-rs/cdf-table-with-cdc-and-dvs');
    const { stdout } = await alluvium('diff', path, '10', '12', '--json');
    const { from, to, addedFiles, removedFiles } = JSON.parse(stdout);
    expect({ from, to, added: addedFiles.length, removed: removedFiles.length }).toEqual({
      from: 10,
      to: 12,
      added: 2,
      removed: 3,
    });
    expect((await alluvium('diff', path, '10', '12')).stdout).toContain('3 files removed');
  });

  test.each([
    ['delta-rs/simple_table_features', 3],
    ['kernel/unshredded-variant', 3],
    ['kernel/crc-malformed', 1],
    ['delta-rs/checkpoints', 1],
  ])('%s is refused with its class, by exit code %i', async (name, code) => {
    const { folder: path, versions } = table(name);
    const answer = await alluvium('cat', path, '--json');
    expect({ code: answer.code, name: JSON.parse(answer.stderr).error.name }).toEqual({
      code,
      name: versions[0]!.error,
    });
  });

  test('a reader that goes away ends it quietly', async () => {
    const child = start(['cat', table('delta-rs/COVID-19_NYT').folder, '--json']);
    const stderr = text(child.stderr);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect({ code, stderr: await stderr }).toEqual({ code: 0, stderr: '' });
  });

  describe('on S3', () => {
    let s3: S3Server;
    beforeAll(async () => {
      s3 = await startS3({ port: 0, root: join(folder, 's3'), log: () => undefined });
      Object.assign(variables, {
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        ALLUVIUM_LAKE_BUCKET: 'lake',
      });
      const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
      const client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: 'lake' }));
      const copy = join(folder, 'copy');
      await cp(table('kernel/with-short-dv').folder, copy, { recursive: true });
      const [from, to] = [fileObjectStore(copy), s3ObjectStore(client, 'lake', 'tables/short')];
      for await (const { path } of from.list('')) await to.put(path, (await from.read(path))!.bytes);
      client.destroy();
    });
    afterAll(() => s3.close());

    test.each([[['s3://lake/tables/short/']], [['short', '--env', 'local']]])('by %j', async (args) => {
      const { code, stdout } = await alluvium('cat', ...args, '--json');
      expect(code).toBe(0);
      expect(lines(stdout).sort(inBytes)).toEqual(expectedOf('kernel/with-short-dv', 0));
    });
  });
});
