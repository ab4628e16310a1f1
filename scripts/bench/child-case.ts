import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a case in a process of its own, so that one case's heap and compiled code are not another's; its last line is JSON. */
export async function runChildCase<Figures>(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Figures> {
  const { stdout } = await run(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 ** 2,
    timeout: 300_000,
  });
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(last) as Figures;
}
