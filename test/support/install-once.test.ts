import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { installOnce } from '../real/support/parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('of several at once one installs, and the others find it installed', async () => {
  let running = 0;
  let installations = 0;
  const install = async () => {
    running++;
    expect(running).toBe(1);
    await sleep(20);
    installations++;
    running--;
  };
  await Promise.all([1, 2, 3].map(() => installOnce('part', '1', install, folder)));
  expect(installations).toBe(1);
  await installOnce('part', '2', install, folder);
  expect(installations).toBe(2);
});

test('a failed installation is nobody’s, and the next one tries again', async () => {
  const fail = async () => Promise.reject(new Error('offline'));
  await expect(installOnce('other', '1', fail, folder)).rejects.toThrow('offline');
  await installOnce('other', '1', async () => undefined, folder);
  expect(existsSync(join(folder, 'other.installing'))).toBe(false);
});

test('the lock of a process that has died is taken over', async () => {
  const noProcess = 2 ** 22 + 1;
  writeFileSync(join(folder, 'left.installing'), String(noProcess));
  await installOnce('left', '1', async () => undefined, folder);
  expect(existsSync(join(folder, 'left.installed'))).toBe(true);
});
