import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { type Kernel, loadKernel } from '#columnar/kernel/kernel.ts';
import type { EncodeFile } from '#pipeline/coalesce/join-files.ts';

/** Encodes one file after another on a kernel that is loaded for the first. */
export function fileEncoder(): EncodeFile {
  let loaded: Kernel | undefined;
  return async (columns, compression, bloomFilters) => {
    loaded ??= loadKernel();
    const mark = loaded.mark();
    try {
      return (await encodeParquet(columns, compression, loaded, { bloomFilters })).bytes;
    } finally {
      loaded.release(mark);
    }
  };
}
