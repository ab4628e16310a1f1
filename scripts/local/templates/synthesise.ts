import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { StartError } from '../start-error.ts';

const projectFolder = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Runs the CDK app for one environment and leaves its cloud assembly in `folder`, which is emptied first. `overrides`: settings by
 * key, as `-c <key>=<value>` gives them to the CDK. Throws `StartError` with what the app complains of.
 */
export async function synthesise(
  environment: string,
  folder: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const app = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'bin/app.ts'], {
    cwd: projectFolder,
    env: {
      ...process.env,
      CDK_OUTDIR: resolve(folder),
      CDK_CONTEXT_JSON: JSON.stringify({ ...overrides, env: environment }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((settle, reject) => {
    app.once('error', reject);
    app.once('exit', settle);
  });
  const [, complaints, code] = await Promise.all([text(app.stdout), text(app.stderr), ended]);
  if (code !== 0) {
    throw new StartError(complaints.trim() || `bin/app.ts ended with status ${code} and did not say why`);
  }
}
