import { defaultIndexedColumns, type IndexedColumns } from '#delta/indexed-columns.ts';
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
  const { min, max, nulls } = describe(
    fields,
    columns,
    'paths' in indexed ? underPaths(indexed.paths) : first(indexed),
  );
  return `{"numRecords":${rows},"minValues":{${min}},"maxValues":{${max}},"nullCount":{${nulls}}}`;
}

/** Which fields of one struct have statistics. */
interface Choice {
  /** Whether a leaf has them; asked once for each, in schema order. */
  takesLeaf(name: string): boolean;
  /** The choice among a struct's own fields. */
  within(name: string): Choice;
}

function first({ leaves }: { leaves: number }): Choice {
  let left = leaves;
  const choice: Choice = { takesLeaf: () => left-- > 0, within: () => choice };
  return choice;
}

const all: Choice = { takesLeaf: () => true, within: () => all };

/** A path to a struct takes all under it. Names match without regard to case, as engines resolve them. */
function underPaths(paths: readonly (readonly string[])[]): Choice {
  const startingWith = (name: string) =>
    paths.filter(([head]) => head?.toLowerCase() === name.toLowerCase()).map(([, ...rest]) => rest);
  return {
    takesLeaf: (name) => startingWith(name).some((rest) => rest.length === 0),
    within(name) {
      const rests = startingWith(name);
      return rests.some((rest) => rest.length === 0) ? all : underPaths(rests);
    },
  };
}

interface Members {
  min: string;
  max: string;
  nulls: string;
}

function describe(fields: readonly StructField[], columns: readonly DescribedColumn[], choice: Choice): Members {
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
