import { vi } from 'vitest';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { SplitRows } from '#adapters/kernel/split-rows.ts';
import type { StructType } from '#delta/schema.ts';
import type { BatchEngines } from '#pipeline/ingest/batch-engine.ts';

const schema: StructType = { type: 'struct', fields: [{ name: 'v', type: 'long', nullable: true, metadata: {} }] };

/** Whether the engine that is next shares batches that are worth it. */
export function areShared(engines: BatchEngines): boolean {
  const engine = engines.take();
  const text = Buffer.from('{}').toString('base64');
  engine.payloads.expect(6_000);
  const payloads = Array.from({ length: 6_000 }, () => engine.payloads.place(text));
  const rows = engine.scan(schema, new Set(), payloads);
  engines.give(engine);
  return rows instanceof SplitRows;
}

/** Engines whose second core is there already. `failures`: why one is there no more. */
export async function twoCoreEngines(failures: string[]): Promise<BatchEngines> {
  const engines = kernelEngines({ onSecondCoreFailure: (failure) => failures.push(failure) });
  await sharing(engines);
  return engines;
}

export async function sharing(engines: BatchEngines): Promise<void> {
  const isThere = () => {
    if (!areShared(engines)) throw new Error('expected a second core to be there by now');
  };
  await vi.waitFor(isThere, { timeout: 20_000, interval: 10 });
}
