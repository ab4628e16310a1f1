import { join } from 'node:path';
import { secondCoreFile } from '#contract/environment.ts';
import { bundledCase } from '../bundled-case.ts';
import { runChildCase } from '../child-case.ts';
import { median } from '../suite.ts';
import type { DataSetName } from './data-sets.ts';
import type { CaseFigures, Effort } from './run-case.ts';

const childMs = 120_000;
const secondCoreThread = join(import.meta.dirname, '../../../lambdas/core/adapters/kernel/second-core-thread.ts');

/** One way from payloads to a file, in a module of `cases/`. */
export interface Case {
  name: string;
  module: string;
  variant: string;
  /** Its output is ours: to be read back. */
  isOurs?: boolean;
  /** Those that it may use: 1 unless said. */
  processors?: 1 | 2;
}

/** Records that cases share. */
export interface Input {
  set: DataSetName;
  /** Their lines. */
  file: string;
}

/** A case over all rounds. */
export interface Measured extends CaseFigures {
  /** Of the rounds' processor times, the greatest over the least. */
  spread: number;
}

/** How the children run. */
export interface Machine {
  /** Words before the command that keep it on one processor. */
  pinned: readonly string[];
  /** On two. */
  pinnedToTwo: readonly string[];
  env: Record<string, string>;
}

/** Runs cases as processes of their own, one after another. */
export class CaseRunner {
  readonly #machine: Machine;
  readonly #runner = bundledCase(join(import.meta.dirname, 'run-case.ts'));
  readonly #bundles = new Map<string, string>();

  constructor(machine: Machine) {
    this.#machine = machine;
    bundledCase(secondCoreThread, secondCoreFile);
  }

  once({ module, variant, processors = 1 }: Case, { set, file }: Input, effort: Effort): Promise<CaseFigures> {
    const { pinned, pinnedToTwo, env } = this.#machine;
    const args = [this.#bundleOf(module), variant, set, file, JSON.stringify(effort)];
    const options = { pinned: processors === 1 ? pinned : pinnedToTwo, env, patienceMs: childMs };
    return runChildCase<CaseFigures>(this.#runner, args, options);
  }

  /** Each round runs every case once, begun by another: what slows the machine for a while meets all of them. */
  async interleaved<Each extends Case>(
    cases: readonly Each[],
    input: Input,
    effort: Effort,
    rounds: number,
  ): Promise<Map<Each, Measured>> {
    const figures = new Map(cases.map((each) => [each, [] as CaseFigures[]]));
    for (let round = 0; round < rounds; round++) {
      const order = cases.map((_, index) => cases[(index + round) % cases.length] as Each);
      for (const each of order) figures.get(each)?.push(await this.once(each, input, effort));
    }
    return new Map([...figures].map(([each, runs]) => [each, overRounds(runs)]));
  }

  #bundleOf(module: string): string {
    let bundle = this.#bundles.get(module);
    if (bundle === undefined) {
      bundle = bundledCase(join(import.meta.dirname, `cases/${module}.ts`));
      this.#bundles.set(module, bundle);
    }
    return bundle;
  }
}

function overRounds(runs: readonly CaseFigures[]): Measured {
  const first = runs[0];
  if (first === undefined) throw new Error('expected a case to run in at least one round');
  const of = (figure: keyof CaseFigures) => median(runs.map((run) => run[figure]));
  const cpu = runs.map(({ cpuMs }) => cpuMs);
  return {
    loadMs: of('loadMs'),
    firstMs: of('firstMs'),
    firstCpuMs: of('firstCpuMs'),
    ms: of('ms'),
    cpuMs: of('cpuMs'),
    threadMs: of('threadMs'),
    records: first.records,
    bytes: first.bytes,
    fileBytes: of('fileBytes'),
    peakMiB: of('peakMiB'),
    spread: Math.max(...cpu) / Math.min(...cpu),
  };
}
