import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../scripts/local/report/report.ts';

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

/** An empty folder for `npm start` to keep everything in. */
export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), 'alluvium-'));

export const removeDataFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export const readReport = (dataFolder: string): Report =>
  JSON.parse(readFileSync(join(dataFolder, 'report.json'), 'utf8')) as Report;

/** `npm start` on free ports, with its own processes in a group of their own. */
export class NpmStart {
  /** All that it has printed. */
  output = '';
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #pid: number;
  readonly #waiting = new Set<() => void>();

  constructor(dataFolder: string, args: readonly string[]) {
    const program = ['bin/run.mjs', 'scripts/local/start.ts'];
    const child = spawn(process.execPath, [...program, '--free-ports', '--data-folder', dataFolder, ...args], {
      cwd: projectFolder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const look of this.#waiting) look();
      });
    }
    this.#pid = child.pid!;
    this.ended = new Promise((settle, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => settle(code ?? signal!));
    });
  }

  /** Sends the signal to its launcher, as a supervisor does: functions are left to themselves. */
  kill(signal: NodeJS.Signals): void {
    process.kill(this.#pid, signal);
  }

  /** Sends the signal to every process that it has started, as a terminal does. */
  killAll(signal: NodeJS.Signals): void {
    process.kill(-this.#pid, signal);
  }

  /** Waits until the output has something that matches; fails when it ends or `withinMs` has passed without. */
  says(pattern: RegExp, withinMs = 240_000): Promise<void> {
    return new Promise((settle, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = (): void => {
        if (!pattern.test(this.output)) return;
        done();
        settle();
      };
      const fail = (what: string): void => {
        done();
        reject(new Error(`expected ${pattern} from npm start, ${what}:\n${this.output}`));
      };
      const timer = setTimeout(() => fail(`not said within ${withinMs} ms`), withinMs);
      this.#waiting.add(look);
      this.ended.then((status) => fail(`but it ended with ${status}`), reject);
      look();
    });
  }
}
