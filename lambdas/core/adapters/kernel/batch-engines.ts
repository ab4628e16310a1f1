import { type Compression, encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner, type ScannedPayload } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import type { ScanCaptures } from '#columnar/scan/scan-captures.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { StructType } from '#delta/schema.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/ingest/batch-engine.ts';
import type { ScannedRows } from '#pipeline/ingest/unfiled-rows.ts';

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

const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };

class KernelEngine implements BatchEngine {
  readonly #kernel = loadKernel();
  readonly payloads = new PayloadArena(this.#kernel);
  readonly #scanners = new WeakMap<StructType, JsonScanner>();

  scan(
    schema: StructType,
    reserved: ReadonlySet<string>,
    payloads: readonly (ScannedPayload | undefined)[],
    captures?: ScanCaptures,
  ): ScannedRows {
    let scanner = this.#scanners.get(schema);
    if (scanner === undefined) {
      scanner = new JsonScanner(this.#kernel, schema, naming, reserved, captures);
      this.#scanners.set(schema, scanner);
    }
    return scanner.scan(payloads);
  }

  async encode(columns: FileColumns, compression: Compression, bloomFilters: readonly string[]): Promise<Uint8Array> {
    return (await encodeParquet(columns, compression, this.#kernel, { bloomFilters })).bytes;
  }

  mark(): number {
    return this.#kernel.mark();
  }

  release(mark: number): void {
    this.#kernel.release(mark);
  }
}
