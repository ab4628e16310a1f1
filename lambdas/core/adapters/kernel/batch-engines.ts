import { loadKernel } from '#columnar/kernel.ts';
import { PayloadArena } from '#columnar/payload-arena.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/batch-engine.ts';

/** Engines on kernels of WebAssembly: as many as there are batches in flight at once, which in a function is one. */
export function kernelEngines(): BatchEngines {
  const idle: KernelEngine[] = [];
  return {
    take() {
      const engine = idle.pop() ?? new KernelEngine();
      engine.payloads.reset();
      return engine;
    },
    give: (engine) => void idle.push(engine as KernelEngine),
  };
}

class KernelEngine implements BatchEngine {
  readonly payloads = new PayloadArena(loadKernel());
}
