import type { Kernel } from '../kernel/kernel.ts';
import { addressIn } from '../kernel/kernel-arrays.ts';
import type { Leaf } from './leaf.ts';

/** What one data page holds: rows, an entry for each level in them, and values that are not null. */
export interface PageRange {
  firstRow: number;
  rows: number;
  firstEntry: number;
  entries: number;
  firstValue: number;
  values: number;
}

/** Pages are what readers skip and decompress at once. */
const pageRows = 20_000;
const pageBytes = 1 << 20;

/** A leaf's pages: of 20,000 rows or about 1 MiB. `valueBytes`: what its values take, uncompressed. */
export function pageRanges(kernel: Kernel, leaf: Leaf, rows: number, valueBytes: number): PageRange[] {
  const fitting = Math.floor((pageBytes * rows) / Math.max(1, valueBytes));
  const rowsPerPage = Math.max(1, Math.min(pageRows, fitting));
  const { levels, places } = leaf;
  if (rows <= rowsPerPage) {
    const entries = levels?.entries ?? rows;
    return [{ firstRow: 0, rows, firstEntry: 0, entries, firstValue: 0, values: places.count }];
  }
  const ranges: PageRange[] = [];
  let [firstEntry, firstValue] = [0, 0];
  for (let firstRow = 0; firstRow < rows; firstRow += rowsPerPage) {
    const taken = Math.min(rowsPerPage, rows - firstRow);
    const entries = entriesOf(kernel, leaf, firstEntry, taken);
    const values = valuesOf(kernel, leaf, firstEntry, entries);
    ranges.push({ firstRow, rows: taken, firstEntry, entries, firstValue, values });
    firstEntry += entries;
    firstValue += values;
  }
  return ranges;
}

function entriesOf(kernel: Kernel, { levels, maxRepetition }: Leaf, firstEntry: number, rows: number): number {
  if (levels === undefined || maxRepetition === 0) return rows;
  return kernel.exports.entryAfterRows(levels.repetitions, levels.entries, firstEntry, rows) - firstEntry;
}

function valuesOf(kernel: Kernel, leaf: Leaf, firstEntry: number, entries: number): number {
  const { levels, maxDefinition, vector } = leaf;
  const { exports } = kernel;
  if (levels !== undefined) {
    return exports.countLevels(levels.definitions, firstEntry, firstEntry + entries, maxDefinition);
  }
  if (vector.nullCount === 0 || vector.validity === undefined) return entries;
  return exports.countBits(addressIn(kernel, vector.validity), firstEntry, entries);
}
