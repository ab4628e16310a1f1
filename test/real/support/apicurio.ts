import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './ministack.ts';
import { installOnce, partsFolder } from './parts.ts';

const run = promisify(execFile);
const version = '3.0.9';
const folder = join(partsFolder, 'apicurio');
const startWithinMs = 120_000;

/** Apicurio Registry, whole, by Maven. */
export const installApicurio = (): Promise<void> =>
  installOnce('apicurio', version, async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`;
    await run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]);
    const archive = join(folder, readdirSync(folder).find((file) => file.endsWith('.tar.gz')) as string);
    await run('tar', ['-xzf', archive, '-C', folder]);
    rmSync(archive);
  });

export interface Apicurio {
  /** Where it has the interface of Confluent's registry. */
  url: string;
  stop(): Promise<void>;
}

/** A registry in memory on a free port, ready when it answers. */
export async function startApicurio(): Promise<Apicurio> {
  await installApicurio();
  const port = await freePort();
  const runner = readdirSync(folder).find((file) => file.endsWith('-runner.jar')) as string;
  const child = spawn('java', ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-jar', join(folder, runner)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, QUARKUS_HTTP_HOST: '127.0.0.1', QUARKUS_HTTP_PORT: String(port) },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const deadlineMs = Date.now() + startWithinMs;
  for (;;) {
    const answer = await fetch(`${url}/subjects`).catch(() => undefined);
    if (answer?.status === 200) break;
    if (child.exitCode !== null) throw new Error(`Apicurio ended with status ${child.exitCode} before it answered`);
    if (Date.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`Apicurio did not answer at ${url} within ${startWithinMs} ms`);
    }
    await sleep(200);
  }
  return {
    url,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
