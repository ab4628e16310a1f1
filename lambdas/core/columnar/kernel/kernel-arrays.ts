import type { Kernel } from './kernel.ts';

/** Address of an array's elements: where they are, if that is the kernel's memory, else that of a copy. */
export function addressIn(kernel: Kernel, array: ArrayBufferView): number {
  const present = kernel.addressOf(array);
  if (present !== undefined) return present;
  const address = kernel.allocate(array.byteLength);
  kernel.bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), address);
  return address;
}

/** Bytes of one 32-bit number. */
export const wordBytes = 4;

/** Room for so many 32-bit numbers. */
export const allocateWords = (kernel: Kernel, count: number): number => kernel.allocate(count * wordBytes);

/** Slots of a hash table for so many entries, as the kernel grows it: fourfold from 1024, at least half of them free. */
export function tableSlots(entries: number): number {
  let slots = 1024;
  while (slots < entries * 2) slots *= 4;
  return slots;
}
