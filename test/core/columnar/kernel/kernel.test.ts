import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadKernel } from '#columnar/kernel/kernel.ts';

const mebibyte = 1 << 20;

test('the kernel has the functions that it is said to have, and no others', () => {
  const folder = join(import.meta.dirname, '../../../../lambdas/core/columnar/kernel');
  const said = ['kernel-exports.ts', 'scan-exports.ts', 'encode-exports.ts'].flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name),
  );
  expect(Object.keys(loadKernel().exports).sort()).toEqual(said.sort());
});

describe('memory of the kernel', () => {
  test('begins above what the module keeps for itself', () => {
    const kernel = loadKernel();
    expect(kernel.mark()).toBeGreaterThanOrEqual(kernel.exports.heapBase());
  });

  test('is allocated one after another, aligned, with readable bytes behind', () => {
    const kernel = loadKernel();
    const addresses = [1, 16, 17, 0, 5].map((bytes) => kernel.allocate(bytes));
    expect(addresses.map((address) => address - (addresses[0] as number))).toEqual([0, 16, 32, 64, 64]);
    expect(addresses.every((address) => address % 16 === 0)).toBe(true);
    const last = kernel.allocate(kernel.bytes.length - kernel.mark());
    expect(kernel.bytes.length - kernel.mark()).toBeGreaterThanOrEqual(64);
    expect(last).toBeLessThan(kernel.mark());
  });

  test('grows, and views from before stay valid', () => {
    const kernel = loadKernel();
    const before = kernel.bytes;
    const address = kernel.allocate(4);
    before.writeInt32LE(42, address);
    kernel.allocate(32 * mebibyte);
    expect(kernel.bytes.length).toBeGreaterThan(before.length);
    expect(kernel.view.getInt32(address, true)).toBe(42);
    before.writeInt32LE(43, address);
    const views = [before.subarray(address), kernel.bytes.subarray(address), new Int32Array(before.buffer, address, 1)];
    expect(views.map((view) => kernel.addressOf(view))).toEqual([address, address, address]);
    expect(kernel.addressOf(Buffer.alloc(8))).toBeUndefined();
    expect(kernel.bytes.readInt32LE(address)).toBe(43);
  });

  test('is given back to a mark', () => {
    const kernel = loadKernel();
    const mark = kernel.mark();
    const address = kernel.allocate(100);
    kernel.release(mark);
    expect(kernel.allocate(100)).toBe(address);
    expect(() => kernel.release(kernel.mark() + 16)).toThrow('expected a mark up to');
  });

  test('ends at two gibibytes with what was asked for', () => {
    const kernel = loadKernel();
    expect(() => kernel.allocate(2 ** 31)).toThrow(/expected at most 32768 pages of kernel memory, got a need for \d+/);
    expect(kernel.allocate(16)).toBeLessThan(mebibyte);
  });

  test('is a kernel’s own', () => {
    const [one, other] = [loadKernel(), loadKernel()];
    const address = one.allocate(1);
    one.bytes[address] = 7;
    expect(other.bytes[address]).toBe(0);
  });
});
