import type { RowOrder } from '#pipeline/optimize-plan.ts';
import { quoted } from './sql-types.ts';

/** Bits of a position on the curve: an unsigned 64-bit number holds them all. */
const curveBits = 64;
const maxBitsPerColumn = 16;

/** A column's path, such as `a.b` for a struct's field. */
const columnAt = (path: string): string => path.split('.').map(quoted).join('.');

/** `ORDER BY` for an order of rows; ranks that a Z-order needs are columns `rank_0`, `rank_1` … of `rankedBy`. */
export function orderBy({ kind, columns }: RowOrder): string {
  if (kind === 'sort') return columns.map((column) => `${columnAt(column)} ASC NULLS FIRST`).join();
  return interleaved(columns.length);
}

/**
 * Columns that a Z-order is computed from: each row's place among all by each column, so that every column has its share of
 * the curve however its values are spread.
 */
export function rankedBy({ kind, columns }: RowOrder): string[] {
  if (kind === 'sort') return [];
  const steps = 2 ** bitsPerColumn(columns.length) - 1;
  return columns.map(
    (column, index) =>
      `CAST(percent_rank() OVER (ORDER BY ${columnAt(column)} ASC NULLS FIRST) * ${steps} AS UBIGINT) AS rank_${index}`,
  );
}

const bitsPerColumn = (columns: number): number => Math.min(maxBitsPerColumn, Math.floor(curveBits / columns));

/** The ranks' bits in turn, the most significant first. */
function interleaved(columns: number): string {
  const bits = bitsPerColumn(columns);
  const terms: string[] = [];
  for (let bit = 0; bit < bits; bit++) {
    for (let column = 0; column < columns; column++) {
      const place = bit * columns + (columns - 1 - column);
      terms.push(`((rank_${column} >> ${bit}) & 1::UBIGINT) * ${2n ** BigInt(place)}::UBIGINT`);
    }
  }
  return terms.join(' + ');
}
