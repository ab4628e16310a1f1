import { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import type { KernelExports } from './kernel-exports.ts';
import { kernelModule } from './kernel-module.ts';

const pageBytes = 65_536;
/** Addresses are read as numbers with a sign in places. */
const maxPages = 32_768;
const alignment = 16;
/** Loops of the kernel read vectors of 16 bytes, up to four at a time, past what was allocated. */
const slackBytes = 64;
/** At least so much is grown at once: growing costs a call to the system. */
const growthPages = 64;

/** The WebAssembly module of the hot loops with its memory, which is shared, so that what once was a view of it stays one. */
export interface Kernel {
  readonly exports: KernelExports;
  /** All of the memory as it is now. Older ones stay valid, only shorter. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Address of so many bytes, aligned to 16, with 64 readable bytes behind them; what is in them is left over from before. */
  allocate(bytes: number): number;
  /** Where the next allocation would be: what `release` takes. */
  mark(): number;
  /** Where in this kernel's memory the view begins, whichever length the memory had; nothing for a view of anything else. */
  addressOf(view: ArrayBufferView): number | undefined;
  /** Gives back everything allocated since `mark`. */
  release(mark: number): void;
}

/** What is to be made takes more memory than a kernel can have. */
export class KernelFull extends RangeError {
  override readonly name = 'KernelFull';
}

let compiled: WebAssembly.Module | undefined;

/**
 * V8's optimising compiler is a seventh of a process's first batch. Loops that are not unrolled are as fast, and functions that are
 * hot for a moment only are left as they are: it compiles what has run three times as long as it would ask for.
 */
const compilerFlags = ['--no-wasm-loop-unrolling', '--wasm-tiering-budget=40000000'];

function compile(): WebAssembly.Module {
  for (const flag of compilerFlags) setFlagsFromString(flag);
  return new WebAssembly.Module(Buffer.from(kernelModule, 'base64'));
}

/** A kernel with its own memory. @throws {KernelFull} from `allocate` where memory is at its end, 2 GiB or the system's. */
export function loadKernel(): Kernel {
  compiled ??= compile();
  const memory = new WebAssembly.Memory({ initial: growthPages, maximum: maxPages, shared: true });
  return new OwnKernel(compiled, memory);
}

class OwnKernel implements Kernel {
  readonly exports: KernelExports;
  readonly #memory: WebAssembly.Memory;
  #bytes: Buffer;
  #view: DataView;
  /** What the memory was called before it grew, and now. */
  readonly #buffers: WeakSet<ArrayBufferLike>;
  #top: number;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.exports = exports as unknown as KernelExports;
    this.#memory = memory;
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#buffers = new WeakSet([memory.buffer]);
    this.#top = aligned(this.exports.heapBase());
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  allocate(bytes: number): number {
    const address = this.#top;
    const end = aligned(address + bytes);
    const missing = end + slackBytes - this.#bytes.length;
    if (missing > 0) this.#grow(missing);
    this.#top = end;
    return address;
  }

  mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    if (mark > this.#top) throw new RangeError(`expected a mark up to ${this.#top}, got ${mark}`);
    this.#top = mark;
  }

  addressOf({ buffer, byteOffset }: ArrayBufferView): number | undefined {
    return buffer === this.#bytes.buffer || this.#buffers.has(buffer) ? byteOffset : undefined;
  }

  #grow(missing: number): void {
    const pages = Math.ceil(missing / pageBytes);
    const held = this.#bytes.length / pageBytes;
    if (held + pages > maxPages) {
      throw new KernelFull(`expected at most ${maxPages} pages of kernel memory, got a need for ${held + pages}`);
    }
    try {
      this.#memory.grow(Math.min(Math.max(pages, growthPages), maxPages - held));
    } catch (cause) {
      throw new KernelFull(`expected ${held + pages} pages of kernel memory of the system, got ${held}`, { cause });
    }
    this.#look();
  }

  #look(): void {
    const { buffer } = this.#memory;
    this.#buffers.add(buffer);
    this.#bytes = Buffer.from(buffer);
    this.#view = new DataView(buffer);
  }
}

const aligned = (address: number): number => Math.ceil(address / alignment) * alignment;
