import type { ScheduleSpec } from './schedule-spec.ts';

/** Calls its target at once, since calls were missed while nothing ran, and then once in every period. */
export class Schedule {
  readonly #first: NodeJS.Immediate;
  readonly #timer: NodeJS.Timeout;

  constructor(spec: ScheduleSpec, call: (targetArn: string, input: string) => void) {
    const callTarget = (): void => call(spec.targetArn, spec.input);
    this.#first = setImmediate(callTarget);
    this.#timer = setInterval(callTarget, spec.periodMs);
  }

  stop(): void {
    clearImmediate(this.#first);
    clearInterval(this.#timer);
  }
}
