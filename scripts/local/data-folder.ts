import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Endpoints, endpointsFile } from './endpoints.ts';
import { StartError } from './start-error.ts';

const healthTimeoutMs = 1_000;
const askEveryMs = 500;
const maxAsked = 10;

/** Makes the folder that everything is kept in ready for one process, cleared first if asked. */
export async function prepareDataFolder(folder: string, { fresh }: { fresh: boolean }): Promise<string> {
  const path = resolve(folder);
  const endpoints = await readEndpoints(path);
  if (endpoints !== undefined && (await staysUp(endpoints))) {
    throw new StartError(`${path} is in use: another npm start answers at ${endpoints.metrics}; end it first`);
  }
  if (fresh) await clear(path);
  await mkdir(path, { recursive: true });
  return path;
}

async function readEndpoints(path: string): Promise<Endpoints | undefined> {
  try {
    return JSON.parse(await readFile(join(path, endpointsFile), 'utf8')) as Endpoints;
  } catch {
    return undefined;
  }
}

/** One that is about to end is given the time. */
async function staysUp(endpoints: Endpoints): Promise<boolean> {
  for (let asked = 0; asked < maxAsked; asked++) {
    if (!(await isUp(endpoints))) return false;
    await sleep(askEveryMs);
  }
  return true;
}

async function isUp({ metrics }: Endpoints): Promise<boolean> {
  try {
    const answer = await fetch(`${metrics}/health`, { signal: AbortSignal.timeout(healthTimeoutMs) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Deletes a folder that is this program's: the usual one, or one that a run has marked. */
async function clear(path: string): Promise<void> {
  const names = await readdir(path).catch((): string[] => []);
  if (names.length === 0) return;
  if (!path.endsWith('.local') && !names.includes(endpointsFile)) {
    throw new StartError(`--fresh: expected ${path} to be a data folder of npm start, found ${names.slice(0, 5)}`);
  }
  await rm(path, { recursive: true });
}
