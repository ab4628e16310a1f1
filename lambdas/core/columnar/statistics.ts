import type { StructField } from '#delta/schema.ts';
import type { Column } from './column.ts';

/** Leaf columns that have statistics, in schema order: Delta's default of `delta.dataSkippingNumIndexedCols`. */
export const defaultIndexedLeaves = 32;

/** What statistics ask of a column. */
export type DescribedColumn = Pick<Column, 'nullCount' | 'bounds'> & { readonly children?: readonly DescribedColumn[] };

/** What statistics ask of a data file. */
export interface DescribedRows {
  fields: readonly StructField[];
  columns: readonly DescribedColumn[];
  rows: number;
}

/**
 * Statistics of a data file as `add.stats` holds them (PROTOCOL.md, "Per-file Statistics"): JSON text, since its numbers exceed
 * doubles. `indexedLeaves`: how many leaf columns to describe; −1 for all. Lists count as one leaf.
 */
export function statisticsOf({ fields, columns, rows }: DescribedRows, indexedLeaves = defaultIndexedLeaves): string {
  const budget = { leaves: indexedLeaves < 0 ? Number.POSITIVE_INFINITY : indexedLeaves };
  const { min, max, nulls } = describe(fields, columns, budget);
  return `{"numRecords":${rows},"minValues":{${min}},"maxValues":{${max}},"nullCount":{${nulls}}}`;
}

interface Members {
  min: string;
  max: string;
  nulls: string;
}

function describe(
  fields: readonly StructField[],
  columns: readonly DescribedColumn[],
  budget: { leaves: number },
): Members {
  const min: string[] = [];
  const max: string[] = [];
  const nulls: string[] = [];
  for (const [index, field] of fields.entries()) {
    if (budget.leaves <= 0) break;
    const name = JSON.stringify(field.name);
    const column = columns[index] as DescribedColumn;
    if (column.children !== undefined && typeof field.type !== 'string' && field.type.type === 'struct') {
      const members = describe(field.type.fields, column.children, budget);
      if (members.min !== '') min.push(`${name}:{${members.min}}`);
      if (members.max !== '') max.push(`${name}:{${members.max}}`);
      if (members.nulls !== '') nulls.push(`${name}:{${members.nulls}}`);
      continue;
    }
    budget.leaves--;
    const bounds = column.bounds();
    if (bounds !== undefined) min.push(`${name}:${bounds.min}`);
    if (bounds?.max !== undefined) max.push(`${name}:${bounds.max}`);
    nulls.push(`${name}:${column.nullCount}`);
  }
  return { min: min.join(), max: max.join(), nulls: nulls.join() };
}
