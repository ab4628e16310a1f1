import type { EncodeExports } from './encode-exports.ts';

/** Functions of the kernel, as kernel/index.ts exports them; addresses and lengths are bytes. */
export interface KernelExports extends EncodeExports {
  /** First address that the module's own data leaves free. */
  heapBase(): number;
}
