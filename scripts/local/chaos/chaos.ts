import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionReport, LocalAws } from '../local-aws.ts';
import { SeededRandom } from '../seeded-random.ts';

export interface KillCount {
  kills: number;
  /** Those that hit a running invocation. */
  whileRunning: number;
}

export interface ChaosReport extends KillCount {
  seed: number;
  ingest: KillCount;
  commit: KillCount;
}

type Victim = 'ingest' | 'commit' | 'any';

/** What a run owes: kills that hit running invocations, in all and of each kind. */
const owed = { all: 10, each: 3 };
const victims: readonly Victim[] = ['ingest', 'ingest', 'ingest', 'commit', 'commit', 'commit', 'any'];

export interface ChaosTempo {
  /** Between two kills. */
  pauseMs: { least: number; most: number };
  /** How long a victim is waited for until it runs. */
  longestAimMs: number;
}

const usualTempo: ChaosTempo = { pauseMs: { least: 200, most: 1_200 }, longestAimMs: 3_000 };
/** From the sight of a running invocation to the kill, at most: as long as most of them take, so that any moment is hit. */
const longestDelayMs: Record<Victim, number> = { ingest: 500, commit: 120, any: 120 };
const aimStepMs = 4;

const isIngest = (report: FunctionReport): boolean => report.source !== undefined;
const isCommit = (report: FunctionReport): boolean => /commit/i.test(report.logicalId);

/** Kills function processes, mostly in the middle of an invocation, as a seed has it. */
export class Chaos {
  readonly #aws: LocalAws;
  readonly #tempo: ChaosTempo;
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(aws: LocalAws, seed: number, tempo = usualTempo) {
    this.#aws = aws;
    this.#tempo = tempo;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#done = this.#run();
  }

  /** Whether every kind of kill that a run owes has happened. */
  satisfied(): boolean {
    const { whileRunning, ingest, commit } = this.report();
    return whileRunning >= owed.all && ingest.whileRunning >= owed.each && commit.whileRunning >= owed.each;
  }

  report(): ChaosReport {
    const functions = this.#aws.functions();
    const ingest = countKills(functions.filter(isIngest));
    return { seed: this.#seed, ...countKills(functions), ingest, commit: countKills(functions.filter(isCommit)) };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { least, most } = this.#tempo.pauseMs;
      await this.#pause(this.#random.integer(least, most));
      const victim = this.#random.pick(victims);
      const delayMs = this.#random.integer(0, longestDelayMs[victim]);
      const target = await this.#aimAt(victim);
      if (target === undefined) continue;
      await this.#pause(delayMs);
      this.#aws.killProcess(target);
    }
  }

  /** Name of a function that runs an invocation; when none does for a while, one with an idle process. */
  async #aimAt(victim: Victim): Promise<string | undefined> {
    const matches = victim === 'ingest' ? isIngest : victim === 'commit' ? isCommit : () => true;
    const place = this.#random.next();
    const pick = (from: FunctionReport[]): string | undefined => from[Math.floor(place * from.length)]?.name;
    for (let waitedMs = 0; waitedMs < this.#tempo.longestAimMs && !this.#stop.signal.aborted; waitedMs += aimStepMs) {
      const running = this.#aws.functions().filter((report) => matches(report) && report.running > 0);
      if (running.length > 0) return pick(running);
      await this.#pause(aimStepMs);
    }
    return pick(this.#aws.functions().filter((report) => matches(report) && report.processes > 0));
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}

const countKills = (functions: readonly FunctionReport[]): KillCount => ({
  kills: functions.reduce((sum, { kills }) => sum + kills, 0),
  whileRunning: functions.reduce((sum, { killsWhileRunning }) => sum + killsWhileRunning, 0),
});
