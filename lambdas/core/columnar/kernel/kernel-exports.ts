import type { EncodeExports } from './encode-exports.ts';
import type { ScanExports } from './scan-exports.ts';

/** Functions of the kernel, as kernel/index.ts exports them; addresses and lengths are bytes. */
export interface KernelExports extends EncodeExports, ScanExports {
  /** First address that the module's own data leaves free. */
  heapBase(): number;
}
