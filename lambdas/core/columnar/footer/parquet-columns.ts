import { meaningOf } from './parquet-annotation.ts';
import type { SchemaElement } from './schema-element.ts';

export interface ParquetLeaf {
  path: Uint8Array[];
  /** Physical type. */
  type: number;
  maxDefinition: number;
  maxRepetition: number;
}

/** A top-level column of a Parquet schema. */
export interface ParquetColumn {
  name: string;
  /** The column's part of the schema, depth first. */
  elements: SchemaElement[];
  leaves: ParquetLeaf[];
}

const text = new TextDecoder();

const optional = 1;
const repeated = 2;

/** The top-level columns of a file, in its order, of the elements of its schema. */
export function columnsOf([root, ...elements]: readonly SchemaElement[]): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  let index = 0;

  function walk(column: ParquetColumn, above: Omit<ParquetLeaf, 'type'>): void {
    const element = elements[index++];
    if (element === undefined) throw new Error(`expected a schema of ${root?.field_5} columns, found it cut short`);
    column.elements.push(element);
    const here = {
      path: [...above.path, element.field_4],
      maxDefinition: above.maxDefinition + (element.field_3 === optional || element.field_3 === repeated ? 1 : 0),
      maxRepetition: above.maxRepetition + (element.field_3 === repeated ? 1 : 0),
    };
    if (element.field_1 !== undefined) column.leaves.push({ ...here, type: element.field_1 });
    for (let child = 0; child < (element.field_5 ?? 0); child++) walk(column, here);
  }

  for (let child = 0; child < (root?.field_5 ?? 0); child++) {
    const column: ParquetColumn = { name: text.decode(elements[index]?.field_4), elements: [], leaves: [] };
    walk(column, { path: [], maxDefinition: 0, maxRepetition: 0 });
    columns.push(column);
  }
  return columns;
}

/** Whether a file without the column can have it, all null. */
const mayBeAbsent = ({ elements }: ParquetColumn): boolean => elements[0]?.field_3 === optional;

const shapes = new WeakMap<ParquetColumn, string>();

/** Equal for columns that are stored alike: names, types, nullability and field ids down to the leaves. */
export function columnShape(column: ParquetColumn): string {
  let shape = shapes.get(column);
  if (shape === undefined) {
    shape = describe(column);
    shapes.set(column, shape);
  }
  return shape;
}

const describe = ({ elements }: ParquetColumn): string =>
  JSON.stringify(
    elements.map((element) => ({
      name: text.decode(element.field_4),
      type: element.field_1,
      length: element.field_2,
      repetition: element.field_3,
      children: element.field_5 === 0 ? undefined : element.field_5,
      id: element.field_9,
      meaning: meaningOf(element),
    })),
  );

/** Equal for files whose row groups are copied into each other without a question. */
export const shapeOf = (columns: readonly ParquetColumn[]): string => columns.map(columnShape).join('\n');

export type JoinedColumns =
  | { kind: 'joined'; columns: ParquetColumn[] }
  | { kind: 'differ'; column: string; reason: string };

/** The columns of all files, if each of them can hold every file's row groups as they are. Names match regardless of case, as in Delta. */
export function joinColumns(files: readonly (readonly ParquetColumn[])[]): JoinedColumns {
  const joined = new Map<string, { column: ParquetColumn; shape: string; files: number }>();
  for (const columns of files) {
    for (const column of columns) {
      const key = column.name.toLowerCase();
      const known = joined.get(key);
      const shape = columnShape(column);
      if (known === undefined) joined.set(key, { column, shape, files: 1 });
      else if (known.shape === shape) known.files++;
      else return { kind: 'differ', column: column.name, reason: `stored as ${known.shape} and as ${shape}` };
    }
  }
  for (const { column, files: present } of joined.values()) {
    if (present !== files.length && !mayBeAbsent(column)) {
      return { kind: 'differ', column: column.name, reason: 'required, and not in every file' };
    }
  }
  return { kind: 'joined', columns: [...joined.values()].map(({ column }) => column) };
}
