import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../scripts/local/report/report.ts';

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

/** `npm start` in a process of its own, over a data folder of its own, on free ports. */
export class NpmStart {
  output = '';
  /** Status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #kill: (signal: NodeJS.Signals) => void;
  readonly #waiting: (() => void)[] = [];

  constructor(dataFolder: string, args: readonly string[]) {
    const program = ['--disable-warning=ExperimentalWarning', 'scripts/local/start.ts'];
    const child = spawn(process.execPath, [...program, '--free-ports', '--data-folder', dataFolder, ...args], {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const look of this.#waiting) look();
      });
    }
    this.#kill = (signal) => child.kill(signal);
    this.ended = new Promise((settle, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => settle(code ?? signal!));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#kill(signal);
  }

  /** Waits until the output has something that matches; fails when the process ends before. */
  async says(pattern: RegExp): Promise<void> {
    const said = new Promise<void>((settle) => {
      const look = (): void => {
        if (pattern.test(this.output)) settle();
      };
      this.#waiting.push(look);
      look();
    });
    await Promise.race([
      said,
      this.ended.then((status) => {
        if (!pattern.test(this.output))
          throw new Error(`expected ${pattern} before it ended (${status}):\n${this.output}`);
      }),
    ]);
  }
}

export const readReport = async (dataFolder: string): Promise<Report> =>
  JSON.parse(await readFile(join(dataFolder, 'report.json'), 'utf8')) as Report;
