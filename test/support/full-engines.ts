import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { KernelFull } from '#columnar/kernel/kernel.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/ingest/batch-engine.ts';

const text = new TextDecoder();

/** Engines whose memory has no room for rows of payloads with such a text; `scans` is told how many payloads each scan has. */
export function fullEngines(tooMuch: string, scans: number[] = []): BatchEngines {
  const pool = kernelEngines();
  return {
    take() {
      const engine = pool.take();
      const scan: BatchEngine['scan'] = (schema, reserved, payloads, captures) => {
        scans.push(payloads.length);
        const texts = payloads.map((payload) => payload && text.decode('bytes' in payload ? payload.bytes : payload));
        if (texts.some((payload) => payload?.includes(tooMuch))) throw new KernelFull('expected at most 32768 pages');
        return engine.scan(schema, reserved, payloads, captures);
      };
      const { payloads } = engine;
      const encode: BatchEngine['encode'] = (...file) => engine.encode(...file);
      return { payloads, scan, encode, mark: () => engine.mark(), release: (mark) => engine.release(mark) };
    },
    give: () => undefined,
  };
}
