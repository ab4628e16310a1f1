import type { Kernel } from '../kernel/kernel.ts';
import type { Dictionary } from '../vector/stored-values.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import type { ByteValues } from './byte-values.ts';

/** Half of what a processor's second cache holds. */
const blockBytes = 1 << 19;
const fewestValues = 256;

/**
 * Dictionaries of columns whose texts lie side by side in payloads. They grow block by block of the payloads, each of which is
 * read from front to back before columns leap through it.
 */
export function textDictionaries(
  kernel: Kernel,
  columns: readonly ByteValues[],
): ReadonlyMap<ByteValues, Dictionary | undefined> {
  const growing = columns.map((values) => ({ values, dictionary: new ByteDictionary(kernel, values) }));
  const blocks = blocksOf(columns);
  for (let block = 0; block < blocks; block++) {
    const parts = growing
      .map(({ values, dictionary }) => ({
        values,
        dictionary,
        first: Math.floor((values.count * block) / blocks),
        end: Math.floor((values.count * (block + 1)) / blocks),
      }))
      .filter(({ first, end }) => first < end);
    const { start, end } = extentOf(parts.map((part) => part.values.extent(part.first, part.end)));
    if (end - start <= 2 * blockBytes) kernel.exports.readAhead(start, end);
    for (const part of parts) part.dictionary.takeUpTo(part.end);
  }
  return new Map(growing.map(({ values, dictionary }) => [values, dictionary.end()]));
}

/** Memory from one address up to another. */
export interface Extent {
  start: number;
  end: number;
}

const extentOf = (extents: readonly Extent[]): Extent => ({
  start: Math.min(...extents.map(({ start }) => start)),
  end: Math.max(...extents.map(({ end }) => end)),
});

/** As many as make blocks of about `blockBytes`; none where there is nothing to leap over. */
function blocksOf(columns: readonly ByteValues[]): number {
  const present = columns.filter(({ count }) => count > 0);
  if (present.length < 2) return 0;
  const { start, end } = extentOf(present.map((values) => values.extent(0, values.count)));
  const mostValues = Math.max(...present.map(({ count }) => count));
  return Math.min(Math.ceil((end - start) / blockBytes), Math.floor(mostValues / fewestValues));
}
