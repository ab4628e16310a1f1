import { median } from '../suite.ts';

/** Times of one piece of work that is done again and again in one process. */
export class MergeRounds {
  readonly #cpuMs: number[] = [];
  readonly #ms: number[] = [];

  async time(work: () => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    const cpuBefore = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(cpuBefore);
    this.#ms.push(performance.now() - startedMs);
    this.#cpuMs.push((user + system) / 1000);
  }

  /** The first stands apart: nothing was compiled or read before it. */
  figures(): { firstCpuMs: number; cpuMs: number; ms: number } {
    const [firstCpuMs, ...cpuMs] = this.#cpuMs;
    return { firstCpuMs: firstCpuMs as number, cpuMs: median(cpuMs), ms: median(this.#ms.slice(1)) };
  }
}
