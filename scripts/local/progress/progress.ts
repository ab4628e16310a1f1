import type { WriteStream } from 'node:tty';
import type { PipelineState } from './pipeline-state.ts';

const number = new Intl.NumberFormat('en-US');

/** One line of where the records are. `sent`: samples sent by now. */
export function progressLine(state: PipelineState, { elapsedMs, sent }: { elapsedMs: number; sent: number }): string {
  const { recordsIn, rowsStaged, rowsCommitted, deadLetters, freshnessMs, lag, manifests } = state;
  const freshness = freshnessMs === undefined ? '–' : `${(freshnessMs / 1000).toFixed(1)} s`;
  return [
    `${(elapsedMs / 1000).toFixed(0).padStart(4)} s`,
    `sent ${number.format(sent)}`,
    `in ${number.format(recordsIn)}`,
    `staged ${number.format(rowsStaged)}`,
    `committed ${number.format(rowsCommitted)}`,
    `dead letters ${number.format(deadLetters)}`,
    `freshness ${freshness}`,
    `backlog ${number.format(lag)} records, ${number.format(manifests)} manifests`,
  ].join('  ');
}

const plainEveryMs = 2_000;

/** Shows one line that is rewritten on a terminal, and a plain line now and then elsewhere. */
export class ProgressDisplay {
  readonly #out: WriteStream | NodeJS.WriteStream;
  #lastPlainMs = Number.NEGATIVE_INFINITY;
  #open = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(line: string, nowMs: number): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r\x1b[2K${line.slice(0, this.#out.columns - 1)}`);
      this.#open = true;
    } else if (nowMs - this.#lastPlainMs >= plainEveryMs) {
      this.#lastPlainMs = nowMs;
      this.#out.write(`${line}\n`);
    }
  }

  /** Says something that stays; the line goes on below. */
  say(text: string): void {
    if (this.#open) this.#out.write('\r\x1b[2K');
    this.#open = false;
    this.#out.write(`${text}\n`);
  }
}
