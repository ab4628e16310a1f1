import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/batch-engine.ts';
import type { SimulatedProcess } from './scheduler.ts';

/** One for all runs, which come one after another: a kernel is megabytes. */
const pool = kernelEngines();

/** Engines of the simulated processes of one run: what died holds its engine no longer. */
export class SimulatedEngines {
  readonly #held = new Map<BatchEngine, SimulatedProcess>();

  of(process: SimulatedProcess): BatchEngines {
    return {
      take: () => {
        for (const [engine, holder] of this.#held) if (!holder.alive) this.#give(engine);
        const engine = pool.take();
        this.#held.set(engine, process);
        return engine;
      },
      give: (engine) => this.#give(engine),
    };
  }

  #give(engine: BatchEngine): void {
    this.#held.delete(engine);
    pool.give(engine);
  }

  /** Takes back whatever is held: nothing of the run goes on. */
  close(): void {
    for (const engine of this.#held.keys()) this.#give(engine);
  }
}
