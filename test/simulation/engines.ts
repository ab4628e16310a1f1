import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/ingest/batch-engine.ts';
import type { SimulatedProcess } from './scheduler.ts';

/** One for all runs, which come one after another: a kernel is megabytes. */
const pool = kernelEngines();

/** Engines of the simulated processes of one run, with the run's own files: what died holds its engine no longer. */
export class SimulatedEngines {
  readonly #encode: BatchEngine['encode'];
  readonly #held = new Map<BatchEngine, { engine: BatchEngine; process: SimulatedProcess }>();

  constructor(encode: BatchEngine['encode']) {
    this.#encode = encode;
  }

  of(process: SimulatedProcess): BatchEngines {
    return {
      take: () => {
        for (const [held, holder] of this.#held) if (!holder.process.alive) this.#give(held);
        const engine = pool.take();
        const taken: BatchEngine = {
          payloads: engine.payloads,
          scan: (...table) => engine.scan(...table),
          mark: () => engine.mark(),
          release: (mark) => engine.release(mark),
          encode: this.#encode,
        };
        this.#held.set(taken, { engine, process });
        return taken;
      },
      give: (engine) => this.#give(engine),
    };
  }

  #give(taken: BatchEngine): void {
    const held = this.#held.get(taken);
    if (held === undefined) return;
    this.#held.delete(taken);
    pool.give(held.engine);
  }

  /** Takes back whatever is held: nothing of the run goes on. */
  close(): void {
    for (const taken of this.#held.keys()) this.#give(taken);
  }
}
