import type { Kernel } from '#columnar/kernel/kernel.ts';
import type { JsonScanner, ScannedPayload } from '#columnar/scan/json-scanner.ts';
import { PlacedPayload } from '#columnar/scan/payload-arena.ts';
import type { StructType } from '#delta/schema.ts';
import { SecondCore } from './second-core.ts';
import { isSplittable } from './split-file.ts';
import { SplitRows } from './split-rows.ts';

/** Fewer rows are scanned and encoded before another thread has heard of them. */
const leastRows = 1_000;
/** So many tables' scanners the second core keeps. */
const mostScanners = 64;
/** Payloads that others lie between are brought there together with these, up to so many times their bytes. */
const mostBrought = 2;

/** What is known of one table's schema. */
interface KnownSchema {
  scanner: number;
  isWorthwhile: boolean;
}

/** Shares the scans of one engine's batches with a second core. */
export class TwoCores {
  readonly #kernel: Kernel;
  readonly #core: SecondCore;
  readonly #schemas = new WeakMap<StructType, KnownSchema>();
  /** Whose scanner each is. */
  readonly #scanners: StructType[] = [];
  #made = 0;
  /** Where this kernel's memory was when each scan of the batch began. */
  readonly #marks: number[] = [];

  constructor(kernel: Kernel, core = new SecondCore()) {
    this.#kernel = kernel;
    this.#core = core;
  }

  /** Why it is one core from now on. */
  get failure(): string | undefined {
    return this.#core.failure;
  }

  /** Nothing where one core alone is to scan them. */
  scan(
    scanner: JsonScanner,
    schema: StructType,
    reserved: ReadonlySet<string>,
    payloads: readonly (ScannedPayload | undefined)[],
  ): SplitRows | undefined {
    if (payloads.length < leastRows || !this.#core.isReady) return undefined;
    const known = this.#known(schema);
    if (!known.isWorthwhile) return undefined;
    const half = payloads.length >> 1;
    const spans = this.#spansOf(payloads.slice(half));
    if (spans === undefined) return undefined;
    const kernel = this.#kernel;
    const mark = kernel.mark();
    const isNew = this.#scanners[known.scanner] !== schema;
    this.#scanners[known.scanner] = schema;
    const scan = this.#marks.length;
    const answer = this.#core.ask({
      kind: 'scan',
      ...{ depth: scan, memory: kernel.bytes.buffer, spans },
      ...{ scanner: known.scanner, table: isNew ? { schema, reserved } : undefined },
    });
    const first = scanner.scan(payloads.slice(0, half));
    const there = answer();
    if (there === undefined) {
      kernel.release(mark);
      return undefined;
    }
    this.#marks.push(mark);
    return new SplitRows({
      ...{ kernel, core: this.#core, scan, schema, length: payloads.length, first },
      unscannedThere: there.unscanned,
      scanHere: () => scanner.scan(payloads),
      onManyFiles: () => {
        known.isWorthwhile = false;
      },
    });
  }

  /** The rows of scans since `mark` are void. */
  release(mark: number): void {
    while ((this.#marks.at(-1) ?? -1) >= mark) this.#marks.pop();
  }

  #known(schema: StructType): KnownSchema {
    let known = this.#schemas.get(schema);
    if (known === undefined) {
      known = {
        scanner: this.#made++ % mostScanners,
        isWorthwhile: isSplittable(schema.fields.map(({ type }) => type)),
      };
      this.#schemas.set(schema, known);
    }
    return known;
  }

  /** Start and end of each payload in this kernel's memory; nothing where they are elsewhere, or far apart. */
  #spansOf(payloads: readonly (ScannedPayload | undefined)[]): Uint32Array<ArrayBuffer> | undefined {
    const spans = new Uint32Array(payloads.length * 2);
    let bytes = 0;
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (const [row, payload] of payloads.entries()) {
      if (payload === undefined) continue;
      if (!(payload instanceof PlacedPayload) || payload.kernel !== this.#kernel) return undefined;
      const { start, end } = payload;
      spans[row * 2] = start;
      spans[row * 2 + 1] = end;
      bytes += end - start + 1;
      if (start < first) first = start;
      if (end > last) last = end;
    }
    return last - first <= bytes * mostBrought ? spans : undefined;
  }
}
