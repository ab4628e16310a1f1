import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Metrics } from '../metrics/metrics.ts';

const maxLogBytes = 64 * 1024 * 1024;
/** The same error is told again after so long. */
const tellAgainMs = 60_000;

/** What a function prints: every line to `<folder>/<function>.log`, metric lines to the metrics, errors to whoever listens. */
export class FunctionLog {
  readonly path: string;
  /** The error logged last, in a line. */
  lastError: string | undefined;
  readonly #file: WriteStream;
  readonly #metrics: Metrics;
  readonly #tell: (error: string) => void;
  readonly #toldMs = new Map<string, number>();

  /** @param tell called with an error when it is new, and now and then while it goes on */
  constructor(folder: string, functionName: string, metrics: Metrics, tell: (error: string) => void = () => {}) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, `${functionName}.log`);
    if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) {
      renameSync(this.path, `${this.path}.1`);
    }
    this.#file = createWriteStream(this.path, { flags: 'a' });
    this.#metrics = metrics;
    this.#tell = tell;
  }

  follow(output: Readable): void {
    createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => this.write(line));
  }

  write(line: string): void {
    this.#file.write(`${line}\n`);
    if (!line.startsWith('{')) return;
    if (line.includes('"_aws"')) this.#metrics.readLine(line);
    else if (line.includes('"level":"ERROR"')) this.#hear(line);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }

  #hear(line: string): void {
    const error = errorOf(line);
    if (error === undefined) return;
    this.lastError = error;
    const nowMs = Date.now();
    if (nowMs - (this.#toldMs.get(error) ?? Number.NEGATIVE_INFINITY) < tellAgainMs) return;
    if (this.#toldMs.size > 1_000) this.#toldMs.clear();
    this.#toldMs.set(error, nowMs);
    this.#tell(error);
  }
}

interface ErrorLine {
  message?: string;
  table?: string;
  error?: { name?: string; message?: string };
}

function errorOf(line: string): string | undefined {
  try {
    const { message, table, error } = JSON.parse(line) as ErrorLine;
    const about = [message, ...(table === undefined ? [] : [`table ${table}`])].filter(Boolean).join(', ');
    return error === undefined ? about : `${about}: ${error.name}: ${error.message}`;
  } catch {
    return undefined;
  }
}
