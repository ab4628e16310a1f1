import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { synthesise } from '../../../../scripts/local/templates/synthesise.ts';

const folder = mkdtempSync(join(tmpdir(), 'synthesise-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `npm start` to its end: its status and what it says on standard error. */
const start = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    'scripts/local/start.ts',
    '--data-folder',
    join(folder, 'data'),
    ...args,
  ]).then(
    () => ({ status: 0, said: '' }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ status: code, said: stderr }),
  );

test('a mistake in the settings is all that is said', async () => {
  await expect(synthesise('local', join(folder, 'out'), { 'tables.flights.latency': 'soon' })).rejects.toThrow(
    /^-c tables\.flights\.latency: tables\.flights\.latency: expected a duration such as .*; got "soon"$/,
  );
});

test('an environment that is not there is answered with those there are', async () => {
  await expect(synthesise('nowhere', join(folder, 'out'))).rejects.toThrow(
    /^expected an environment \(-c env=<name>\) out of .*local.*; got nowhere$/,
  );
});

test('options that cannot be used are told with the usage', async () => {
  const { status, said } = await start('--rate', '5');
  expect(status).toBe(2);
  expect(said).toMatch(/^expected --rate and --seconds together, got one of them\n\nnpm start -- \[options\]/);
});
