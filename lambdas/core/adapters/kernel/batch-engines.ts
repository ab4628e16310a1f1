import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner, type ScannedPayload } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import type { ScanCaptures } from '#columnar/scan/scan-captures.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { StructType } from '#delta/schema.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/ingest/batch-engine.ts';
import type { ScannedRows } from '#pipeline/ingest/unfiled-rows.ts';
import { splitFileOf } from './split-file.ts';
import { SplitPayloads } from './split-payloads.ts';
import { leastSharedRows, TwoCores } from './two-cores.ts';

export interface EngineOptions {
  /** Each engine has a second core, and this is told why one failed; absent: none. */
  onSecondCoreFailure?: ((failure: string) => void) | undefined;
}

/** Second cores that fail before an engine goes on alone. */
const mostFailures = 3;

/** Engines on kernels of WebAssembly: as many as there are batches in flight at once, which in a function is one. */
export function kernelEngines({ onSecondCoreFailure }: EngineOptions = {}): BatchEngines {
  const idle: KernelEngine[] = [];
  return {
    take() {
      const engine = idle.pop() ?? new KernelEngine(onSecondCoreFailure);
      engine.begin();
      return engine;
    },
    give: (engine) => void idle.push(engine as KernelEngine),
  };
}

const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };

class KernelEngine implements BatchEngine {
  readonly #kernel = loadKernel();
  readonly payloads = new SplitPayloads(new PayloadArena(this.#kernel));
  readonly #scanners = new WeakMap<StructType, JsonScanner>();
  /** Absent where no second core is wanted, or not any more. */
  #onFailure: EngineOptions['onSecondCoreFailure'];
  #twoCores: TwoCores | undefined;
  #failures = 0;

  constructor(onSecondCoreFailure: EngineOptions['onSecondCoreFailure']) {
    this.#onFailure = onSecondCoreFailure;
  }

  /** Forgets the batch before. */
  begin(): void {
    this.#checkSecondCore();
    this.#twoCores?.begin();
    const cores = this.#twoCores;
    this.payloads.reset(cores && ((bytes) => cores.roomFor(bytes)));
  }

  #checkSecondCore(): void {
    const failure = this.#twoCores?.failure;
    if (failure !== undefined) {
      this.#onFailure?.(failure);
      this.#failures++;
      this.#twoCores = undefined;
    }
    if (this.#failures === mostFailures) this.#onFailure = undefined;
    if (this.#onFailure !== undefined) return;
    void this.#twoCores?.close();
    this.#twoCores = undefined;
  }

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
    return this.#shared(scanner, schema, reserved, payloads, captures) ?? scanner.scan(payloads);
  }

  /** Rows on two cores; a second begins with the first batch that it could have shared, and has the next. */
  #shared(
    scanner: JsonScanner,
    schema: StructType,
    reserved: ReadonlySet<string>,
    payloads: readonly (ScannedPayload | undefined)[],
    captures: ScanCaptures | undefined,
  ): ScannedRows | undefined {
    // A source that routes or transforms by its payloads does so with each batch.
    if (captures !== undefined) this.#onFailure = undefined;
    if (this.#onFailure === undefined || payloads.length < leastSharedRows) return undefined;
    this.#twoCores ??= new TwoCores(this.#kernel);
    return this.#twoCores.scan(scanner, schema, reserved, payloads);
  }

  async encode(columns: FileColumns, compression: Compression, bloomFilters: readonly string[]): Promise<Uint8Array> {
    const shared = splitFileOf(columns)?.encode({ fields: columns.fields, compression, bloomFilters });
    return shared ?? (await encodeParquet(columns, compression, this.#kernel, { bloomFilters })).bytes;
  }

  mark(): number {
    return this.#kernel.mark();
  }

  release(mark: number): void {
    this.#kernel.release(mark);
    this.#twoCores?.release(mark);
  }
}
