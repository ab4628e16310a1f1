import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Metrics } from '../metrics/metrics.ts';

const maxLogBytes = 64 * 1024 * 1024;

/** What a function prints: every line to `<folder>/<function>.log`, metric lines to the metrics as well. */
export class FunctionLog {
  readonly #file: WriteStream;
  readonly #metrics: Metrics;

  constructor(folder: string, functionName: string, metrics: Metrics) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${functionName}.log`);
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) renameSync(path, `${path}.1`);
    this.#file = createWriteStream(path, { flags: 'a' });
    this.#metrics = metrics;
  }

  follow(output: Readable): void {
    createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => this.write(line));
  }

  write(line: string): void {
    this.#file.write(`${line}\n`);
    if (line.startsWith('{') && line.includes('"_aws"')) this.#metrics.readLine(line);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }
}
