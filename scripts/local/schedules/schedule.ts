import type { ScheduleSpec } from './schedule-spec.ts';

/** Calls its target once in every period, the first time after one. */
export class Schedule {
  readonly #timer: NodeJS.Timeout;

  constructor(spec: ScheduleSpec, call: (targetArn: string, input: string) => void) {
    this.#timer = setInterval(() => call(spec.targetArn, spec.input), spec.periodMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
