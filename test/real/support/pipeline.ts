import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** An empty folder for `npm start` to keep everything in. */
export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), 'alluvium-'));

export const removeDataFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export interface RunningPipeline {
  /** Resolves once what it has printed matches; rejects when it ends or `withinMs` has passed without. */
  printed(pattern: RegExp, withinMs: number): Promise<void>;
  /** The exit code, or null if a signal ended it. */
  ended: Promise<number | null>;
  /** All that it has printed. */
  output(): string;
  /** Sends the signal to `npm start` and every process that it has started. */
  kill(signal: 'SIGINT' | 'SIGKILL'): void;
}

/** `npm start` on free ports, with its own processes in a group of their own. */
export function startPipeline(dataFolder: string, args: readonly string[]): RunningPipeline {
  const options = ['scripts/local/start.ts', '--free-ports', '--data-folder', dataFolder, ...args];
  const child: ChildProcess = spawn(process.execPath, ['bin/run.mjs', ...options], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let look = (): void => {};
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    ended,
    output: () => output,
    kill: (signal) => process.kill(-child.pid!, signal),
    printed: (pattern, withinMs) =>
      new Promise((resolve, reject) => {
        const fail = (reason: string) => reject(new Error(`expected ${pattern} from npm start, ${reason}:\n${output}`));
        const timer = setTimeout(() => fail(`not printed within ${withinMs} ms`), withinMs);
        ended.then((code) => fail(`but it ended with ${code}`));
        look = () => {
          if (!pattern.test(output)) return;
          clearTimeout(timer);
          resolve();
        };
        look();
      }),
  };
}
