import { choiceOf, defaultIndexedColumns, type IndexedChoice, type IndexedColumns } from '#delta/indexed-columns.ts';
import type { StructField } from '#delta/schema.ts';
import type { MadeColumn } from './vector.ts';

/** What statistics ask of a column. */
export type DescribedColumn = Pick<MadeColumn, 'nullCount' | 'bounds'> & {
  readonly children?: readonly DescribedColumn[];
};

/** What statistics ask of a data file. */
export interface DescribedRows {
  fields: readonly StructField[];
  columns: readonly DescribedColumn[];
  rows: number;
}

/**
 * Statistics of a data file as `add.stats` holds them (PROTOCOL.md, "Per-file Statistics"): JSON text, since its numbers exceed
 * doubles. Lists count as one leaf.
 */
export function statisticsOf(
  { fields, columns, rows }: DescribedRows,
  indexed: IndexedColumns = defaultIndexedColumns,
): string {
  const { min, max, nulls } = describe(fields, columns, choiceOf(indexed));
  return `{"numRecords":${rows},"minValues":{${min}},"maxValues":{${max}},"nullCount":{${nulls}}}`;
}

interface Members {
  min: string;
  max: string;
  nulls: string;
}

function describe(fields: readonly StructField[], columns: readonly DescribedColumn[], choice: IndexedChoice): Members {
  const min: string[] = [];
  const max: string[] = [];
  const nulls: string[] = [];
  for (const [index, field] of fields.entries()) {
    const name = JSON.stringify(field.name);
    const column = columns[index] as DescribedColumn;
    if (column.children !== undefined && typeof field.type !== 'string' && field.type.type === 'struct') {
      const members = describe(field.type.fields, column.children, choice.within(field.name));
      if (members.min !== '') min.push(`${name}:{${members.min}}`);
      if (members.max !== '') max.push(`${name}:{${members.max}}`);
      if (members.nulls !== '') nulls.push(`${name}:{${members.nulls}}`);
    } else if (choice.takesLeaf(field.name)) {
      const bounds = column.bounds();
      if (bounds !== undefined) min.push(`${name}:${bounds.min}`);
      if (bounds?.max !== undefined) max.push(`${name}:${bounds.max}`);
      nulls.push(`${name}:${column.nullCount}`);
    }
  }
  return { min: min.join(), max: max.join(), nulls: nulls.join() };
}
