import type { Kernel } from './kernel.ts';
import type { SlotTree, Space } from './scan-slot.ts';

const lineBytes = 64;
const fewItems = 1024;

/** Gives a tree's slots their cells in the kernel's memory: for each row, and for as many items of lists as there turn out to be. */
export class ScanCells {
  readonly #kernel: Kernel;
  /** Presence of the rows' slots: so many columns of bytes, `stride` apart. */
  readonly rows: { presence: number; stride: number; slots: number };

  constructor(kernel: Kernel, { spaces }: SlotTree, rows: number) {
    this.#kernel = kernel;
    const [space, ...lists] = spaces as [Space, ...Space[]];
    this.rows = { ...this.#place(space, rows), slots: space.slots.length };
    space.count = rows;
    for (const items of lists) {
      this.#place(items, fewItems);
      items.count = 0;
    }
  }

  /** Room for at least one item more. Addresses of cells change. */
  grow(space: Space): void {
    const { bytes } = this.#kernel;
    const before = space.slots.map(({ present, cells, ends }) => ({ present, cells, ends }));
    const { count } = space;
    this.#place(space, space.capacity * 2);
    for (const [index, slot] of space.slots.entries()) {
      const { present, cells, ends } = before[index] as (typeof before)[0];
      bytes.copyWithin(slot.present, present, present + count);
      bytes.copyWithin(slot.cells, cells, cells + count * slot.width);
      if (slot.hasEnds) bytes.copyWithin(slot.ends, ends, ends + count * slot.width);
    }
  }

  #place(space: Space, capacity: number): { presence: number; stride: number } {
    const kernel = this.#kernel;
    const stride = oddLines(capacity);
    const presence = kernel.allocate(stride * space.slots.length);
    for (const [index, slot] of space.slots.entries()) {
      slot.present = presence + index * stride;
      slot.cells = kernel.allocate(oddLines(capacity * slot.width));
      slot.ends = slot.hasEnds ? kernel.allocate(oddLines(capacity * slot.width)) : 0;
    }
    kernel.bytes.fill(0, presence, presence + stride * space.slots.length);
    space.capacity = capacity;
    return { presence, stride };
  }
}

/** An odd number of cache lines: columns that are written side by side then do not crowd into the same few of them. */
function oddLines(bytes: number): number {
  const lines = Math.ceil(bytes / lineBytes);
  return (lines % 2 === 0 ? lines + 1 : lines) * lineBytes;
}
