import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where real servers and readers are installed: kept between runs, ignored by git. */
export const partsFolder = join(import.meta.dirname, '../../../.real');

const lookEveryMs = 200;

/**
 * Runs `install` unless a finished installation of this very `version` is there. One process at a time installs a part; another
 * waits until it is done, or goes on where it has died.
 */
export async function installOnce(
  part: string,
  version: string,
  install: () => Promise<void>,
  folder = partsFolder,
): Promise<void> {
  const stamp = join(folder, `${part}.installed`);
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === version;
  if (isInstalled()) return;
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, `${part}.installing`);
  while (!takeLock(lock)) await sleep(lookEveryMs);
  try {
    if (isInstalled()) return;
    const startedMs = Date.now();
    await install();
    writeFileSync(stamp, version);
    console.log(`installed ${part} in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The lock holds its owner's process id; that of a process which has ended is nobody's. */
function takeLock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
