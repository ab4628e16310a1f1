import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ministack.ts';
import { installOnce, partsFolder } from './parts.ts';

const version = 'v1.8.0';
const bin = join(partsFolder, 'versitygw');

/** versitygw, an S3 gateway over a folder, built from its Go module. */
export const installVersitygw = (): Promise<void> =>
  installOnce('versitygw', version, async () => {
    const module = `github.com/versity/versitygw/cmd/versitygw@${version}`;
    const environment = { ...process.env, GOBIN: bin, GOFLAGS: '-buildvcs=false' };
    await promisify(execFile)('go', ['install', '-ldflags', '-s -w', module], { env: environment });
  });

export interface Versitygw {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  stop(): Promise<void>;
}

/** versitygw over an empty folder, on a free port; it is ours, since only it knows the credentials. */
export async function startVersitygw(): Promise<Versitygw> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'versitygw-'));
  const [objects, sidecar] = [join(folder, 'objects'), join(folder, 'sidecar')];
  for (const each of [objects, sidecar]) mkdirSync(each);
  const credentials = { accessKeyId: `access-${port}`, secretAccessKey: `secret-${port}` };
  const child = spawn(join(bin, 'versitygw'), ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', sidecar, objects], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  const deadlineMs = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer !== undefined) break;
    if (child.exitCode !== null) throw new Error(`versitygw ended with status ${child.exitCode} before it answered`);
    if (Date.now() > deadlineMs) throw new Error(`versitygw did not answer at ${endpoint} within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    endpoint,
    credentials,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
