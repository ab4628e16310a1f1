import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How a case's process runs. */
export interface ChildOptions {
  /** Words before the command, such as those that keep it on one processor. */
  pinned?: readonly string[];
  env?: Readonly<Record<string, string>>;
  patienceMs?: number;
}

/** Runs a case in a process of its own, so that one case's heap and compiled code are not another's; its last line is JSON. */
export async function runChildCase<Figures>(
  file: string,
  args: readonly string[] = [],
  { pinned = [], env = {}, patienceMs = 300_000 }: ChildOptions = {},
): Promise<Figures> {
  const [command, ...words] = [...pinned, process.execPath, file, ...args] as [string, ...string[]];
  const { stdout } = await run(command, words, {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 ** 2,
    timeout: patienceMs,
  });
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(last) as Figures;
}
