import type { SeededRandom } from './seeded-random.ts';

/** A process of the simulated world: an invocation, an execution, an outside writer. Once dead it takes no further step. */
export interface SimulatedProcess {
  name: string;
  alive: boolean;
}

/** What may befall one request. */
export interface Request<T> {
  label: string;
  effect: () => Promise<T>;
  /** What the caller sees when no answer comes; absent: the caller sees an outage. */
  noAnswer?: () => T;
  /** Requests that change nothing have no late or lost effects. */
  readOnly?: boolean;
}

/** An outage, as a client sees it after its own attempts. */
export class Outage extends Error {
  override readonly name = 'Outage';
}

interface Pending {
  process: SimulatedProcess;
  label: string;
  /** Lets the request happen, in the way the scheduler chose. */
  go: (fate: Fate) => Promise<void>;
  readOnly: boolean;
}

/** `throttled` is an answer: nothing happened. 409 is `requestLost` to a conditional put, 412 what follows a lost answer. */
type Fate = 'answered' | 'answerLost' | 'requestLost' | 'throttled' | 'late';

export interface FaultRates {
  crash: number;
  answerLost: number;
  requestLost: number;
  throttled: number;
  late: number;
}

export const noFaults: FaultRates = { crash: 0, answerLost: 0, requestLost: 0, throttled: 0, late: 0 };

/**
 * Runs processes one request at a time in an order drawn from a seed. Every port call of a process is a request that waits
 * for its turn; the scheduler decides which one happens next, and whether it is answered, lost before or after its effect,
 * delayed beyond its caller's patience, or its caller's last.
 */
export class Scheduler {
  readonly #random: SeededRandom;
  readonly #pending: Pending[] = [];
  /** Requests whose callers gave up on them, and which arrive at some later time. */
  readonly #underWay: { process: SimulatedProcess; label: string; effect: () => Promise<unknown> }[] = [];
  readonly history: string[] = [];
  faults: FaultRates;
  /** Epoch milliseconds of the simulated world. */
  nowMs = 1_700_000_000_000;

  constructor(random: SeededRandom, faults: FaultRates) {
    this.#random = random;
    this.faults = faults;
  }

  note(text: string): void {
    this.history.push(`${String(this.nowMs - 1_700_000_000_000).padStart(9)} ms  ${text}`);
  }

  request<T>(process: SimulatedProcess, request: Request<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!process.alive) return;
      const { label, effect, noAnswer, readOnly = false } = request;
      const lose = () => (noAnswer === undefined ? reject(new Outage(`${label}: no answer`)) : resolve(noAnswer()));
      const go = async (fate: Fate): Promise<void> => {
        switch (fate) {
          case 'answered':
            await effect().then(resolve, reject);
            return;
          case 'answerLost':
            await effect().catch(() => undefined);
            lose();
            return;
          case 'requestLost':
            lose();
            return;
          case 'throttled':
            reject(new Outage(`${label}: throttled`));
            return;
          case 'late':
            this.#underWay.push({ process, label: `${process.name} ${label}`, effect });
            lose();
            return;
        }
      };
      this.#pending.push({ process, label, go, readOnly });
    });
  }

  get idle(): boolean {
    return this.#pending.length === 0;
  }

  kill(process: SimulatedProcess): void {
    process.alive = false;
    for (let index = this.#pending.length - 1; index >= 0; index--) {
      if (this.#pending[index]!.process === process) this.#pending.splice(index, 1);
    }
  }

  /** The process ends, and nothing of it arrives any more. */
  stop(process: SimulatedProcess): void {
    this.kill(process);
    for (let index = this.#underWay.length - 1; index >= 0; index--) {
      if (this.#underWay[index]!.process === process) this.#underWay.splice(index, 1);
    }
  }

  /** Every process that waits for a request ends, and nothing late arrives any more. */
  async stopEveryone(): Promise<void> {
    await this.settle();
    for (const { process } of [...this.#pending]) this.kill(process);
    this.#underWay.length = 0;
  }

  /** Lets processes run until each waits for a request or has ended. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** One request happens, or a late one arrives. False: nothing waits. */
  async step(): Promise<boolean> {
    await this.settle();
    const random = this.#random;
    this.nowMs += random.chance(0.02) ? random.between(1_000, 90_000) : random.between(1, 40);
    if (this.#underWay.length > 0 && (this.#pending.length === 0 || random.chance(0.1))) {
      const [late] = this.#underWay.splice(random.between(0, this.#underWay.length - 1), 1);
      this.note(`late arrival of ${late!.label}`);
      await late!.effect().catch(() => undefined);
      return true;
    }
    if (this.#pending.length === 0) return false;
    const [chosen] = this.#pending.splice(random.between(0, this.#pending.length - 1), 1);
    const { process, label, go, readOnly } = chosen!;
    if (random.chance(this.faults.crash)) {
      // The request of a process that dies may still take effect.
      const effect = !readOnly && random.chance(0.5);
      this.note(`${process.name} dies at ${label}${effect ? ', which takes effect' : ''}`);
      if (effect) await go('answerLost');
      this.kill(process);
      return true;
    }
    const fate = this.#fateOf(readOnly);
    this.note(`${process.name} ${label}${fate === 'answered' ? '' : ` (${fate})`}`);
    await go(fate);
    return true;
  }

  #fateOf(readOnly: boolean): Fate {
    const { answerLost, requestLost, throttled, late } = this.faults;
    let draw = this.#random.next();
    if (draw < requestLost) return 'requestLost';
    draw -= requestLost;
    if (draw < throttled) return 'throttled';
    draw -= throttled;
    if (readOnly) return 'answered';
    if (draw < answerLost) return 'answerLost';
    draw -= answerLost;
    return draw < late ? 'late' : 'answered';
  }
}
