import type { Kernel } from '#columnar/kernel/kernel.ts';
import type { JsonScanner, ScannedPayload } from '#columnar/scan/json-scanner.ts';
import type { StructType } from '#delta/schema.ts';
import { SecondCore } from './second-core.ts';
import type { PayloadRoom } from './second-core-jobs.ts';
import { isSplittable } from './split-file.ts';
import { PayloadThere } from './split-payloads.ts';
import { SplitRows } from './split-rows.ts';

/** Of each half: for fewer, what a row group of its own takes is more than what is gained (docs/performance.md). */
const leastRows = 3_000;
/** Of a batch that has a second core begin. */
export const leastSharedRows = 2 * leastRows;
/** After a batch of too many files others are expected to be like it. */
const batchesOfRest = 16;
/** So many tables' scanners the second core keeps. */
const mostScanners = 64;

/** Shares the scans of one engine's batches with a second core. */
export class TwoCores {
  readonly #kernel: Kernel;
  readonly #core: SecondCore;
  /** Whose scanner the second core has under each number. */
  readonly #scanners: (StructType | undefined)[] = [];
  readonly #numbers = new WeakMap<StructType, number>();
  #numbered = 0;
  #room: PayloadRoom | undefined;
  /** Batches until it shares one again. */
  #rest = 0;
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

  /** All scans are void. */
  begin(): void {
    this.#marks.length = 0;
    if (this.#rest > 0) this.#rest--;
  }

  /** Where payloads of a batch that begins are to be for the second core to scan; nothing while that takes no jobs. */
  roomFor(bytes: number): PayloadRoom | undefined {
    if (this.#rest > 0 || !this.#core.isReady) return undefined;
    const room = this.#room;
    if (room === undefined || room.end - room.start < bytes) {
      this.#room = this.#core.ask({ kind: 'room', bytes: Math.ceil(bytes) })();
    }
    return this.#room;
  }

  /** Nothing where one core alone is to scan them. */
  scan(
    scanner: JsonScanner,
    schema: StructType,
    reserved: ReadonlySet<string>,
    payloads: Payloads,
  ): SplitRows | undefined {
    const split = splitOf(payloads);
    if (split === undefined || this.#core.failure !== undefined || !isSplittable(schema)) return undefined;
    const kernel = this.#kernel;
    const mark = kernel.mark();
    const number = this.#numberOf(schema);
    const isNew = this.#scanners[number] !== schema;
    this.#scanners[number] = schema;
    const scan = this.#marks.length;
    const answer = this.#core.ask({
      kind: 'scan',
      ...{ depth: scan, spans: spansOf(payloads, split) },
      ...{ scanner: number, table: isNew ? { schema, reserved } : undefined },
    });
    const first = scanner.scan(payloads.slice(0, split));
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
        this.#rest = batchesOfRest;
      },
    });
  }

  /** The rows of scans since `mark` are void. */
  release(mark: number): void {
    while ((this.#marks.at(-1) ?? -1) >= mark) this.#marks.pop();
  }

  close(): Promise<void> {
    return this.#core.close();
  }

  #numberOf(schema: StructType): number {
    const known = this.#numbers.get(schema);
    if (known !== undefined) return known;
    const number = this.#numbered++ % mostScanners;
    this.#numbers.set(schema, number);
    return number;
  }
}

type Payloads = readonly (ScannedPayload | undefined)[];

/** Where the second core's payloads begin, which none of the others may follow; nothing where it has too few, or this one. */
function splitOf(payloads: Payloads): number | undefined {
  const split = payloads.findIndex((payload) => payload instanceof PayloadThere);
  if (split < leastRows || payloads.length - split < leastRows) return undefined;
  for (let row = split; row < payloads.length; row++) {
    const payload = payloads[row];
    if (payload !== undefined && !(payload instanceof PayloadThere)) return undefined;
  }
  return split;
}

function spansOf(payloads: Payloads, from: number): Uint32Array<ArrayBuffer> {
  const spans = new Uint32Array((payloads.length - from) * 2);
  let at = 0;
  for (let row = from; row < payloads.length; row++, at += 2) {
    const payload = payloads[row] as PayloadThere | undefined;
    if (payload === undefined) continue;
    spans[at] = payload.start;
    spans[at + 1] = payload.end;
  }
  return spans;
}
