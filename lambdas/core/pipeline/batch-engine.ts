import type { PayloadMemory } from './payload-memory.ts';

/** Memory and machinery of one batch in flight, from payloads to files. */
export interface BatchEngine {
  /** Empty when the batch begins. */
  readonly payloads: PayloadMemory;
}

/** Engines, each for one batch at a time. */
export interface BatchEngines {
  take(): BatchEngine;
  /** Everything that lies in the engine's memory is void from here on. */
  give(engine: BatchEngine): void;
}
