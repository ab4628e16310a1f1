import type { Kernel } from '../kernel/kernel.ts';
import type { SlotTree, Space } from './scan-slot.ts';

const lineBytes = 64;
const fewItems = 1024;
const itemsPerRow = 2;

/** Gives a tree's slots their cells in the kernel's memory: for each row, and for as many items of lists as there turn out to be. */
export class ScanCells {
  readonly #kernel: Kernel;
  readonly #tree: SlotTree;

  constructor(kernel: Kernel, tree: SlotTree, rows: number) {
    this.#kernel = kernel;
    this.#tree = tree;
    const [space, ...lists] = tree.spaces as [Space, ...Space[]];
    this.#place(space, rows);
    space.count = rows;
    for (const items of lists) {
      this.#place(items, Math.max(fewItems, rows * itemsPerRow));
      items.count = 0;
    }
  }

  /** The most rows or items that there is room for. */
  get capacity(): number {
    return Math.max(...this.#tree.spaces.map(({ capacity }) => capacity));
  }

  /** Room for more items wherever there is none left. Addresses of cells change. */
  growFull(): void {
    for (const space of this.#tree.spaces.slice(1)) if (space.count === space.capacity) this.grow(space);
  }

  /** Room for twice as many items. Addresses of cells change. */
  grow(space: Space): void {
    const before = space.slots.map(({ present, cells, ends }) => ({ present, cells, ends }));
    const { count } = space;
    this.#place(space, space.capacity * 2);
    const { bytes } = this.#kernel;
    for (const [index, slot] of space.slots.entries()) {
      const { present, cells, ends } = before[index] as (typeof before)[0];
      bytes.copyWithin(slot.present, present, present + count);
      bytes.copyWithin(slot.cells, cells, cells + count * slot.width);
      if (slot.hasEnds) bytes.copyWithin(slot.ends, ends, ends + count * slot.width);
    }
  }

  #place(space: Space, capacity: number): void {
    const kernel = this.#kernel;
    const stride = oddLines(capacity);
    const presence = kernel.allocate(stride * space.slots.length);
    for (const [index, slot] of space.slots.entries()) {
      slot.present = presence + index * stride;
      slot.cells = kernel.allocate(oddLines(capacity * slot.width));
      slot.ends = slot.hasEnds ? kernel.allocate(oddLines(capacity * slot.width)) : 0;
    }
    kernel.bytes.fill(0, presence, presence + stride * space.slots.length);
    Object.assign(space, { capacity, presence, stride });
  }
}

/** An odd number of cache lines: columns that are written side by side then do not crowd into the same few of them. */
function oddLines(bytes: number): number {
  const lines = Math.ceil(bytes / lineBytes);
  return (lines % 2 === 0 ? lines + 1 : lines) * lineBytes;
}
