import type { DuckDBConnection } from '@duckdb/node-api';
import type { Bounds } from '#columnar/vector/column.ts';
import { printFloat, printTimestamp } from '#columnar/vector/fixed-columns.ts';
import { type DescribedColumn, statisticsOf } from '#columnar/vector/statistics.ts';
import { greatestStringBound, leastStringBound } from '#columnar/vector/string-bounds.ts';
import type { IndexedColumns } from '#delta/indexed-columns.ts';
import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import { literal, quoted } from './sql-types.ts';

/** A leaf's answers: not null, least and greatest as text, whether it holds NaN. */
interface LeafQuery {
  type: DataType;
  select: string[];
}

/** Delta's statistics of a Parquet file on disk, asked from DuckDB in one pass. */
export async function statisticsOfFile(
  connection: DuckDBConnection,
  file: string,
  { fields, indexed }: { fields: readonly StructField[]; indexed: IndexedColumns },
): Promise<{ rows: number; stats: string }> {
  const leaves: LeafQuery[] = [];
  for (const { name, type } of fields) gather(quoted(name), type, leaves);
  const select = ['count(*)', ...leaves.flatMap((leaf) => leaf.select)].map((text) => `(${text})::VARCHAR`);
  const reader = await connection.runAndReadAll(
    `SELECT ${select.join()} FROM read_parquet(${literal(file)}, hive_partitioning = false)`,
  );
  const answers = (reader.getRows()[0] ?? []) as (string | null)[];
  const rows = Number(answers.shift());
  const columns = fields.map(({ type }) => describe(type, rows, answers));
  return { rows, stats: statisticsOf({ fields, columns, rows }, indexed) };
}

function gather(column: string, type: DataType, leaves: LeafQuery[]): void {
  if (typeof type !== 'string' && type.type === 'struct') {
    for (const field of type.fields) gather(`${column}.${quoted(field.name)}`, field.type, leaves);
    return;
  }
  leaves.push({ type, select: [`count(${column})`, ...bounds(column, type)] });
}

/** Expressions for what `describe` takes, in its order: none for types without bounds. */
function bounds(column: string, type: DataType): string[] {
  switch (type) {
    case 'timestamp':
    case 'timestamp_ntz':
      return [`epoch_us(min(${column}))`, `epoch_us(max(${column}))`];
    case 'float':
    case 'double':
      return [`min(${column})::DOUBLE`, `max(${column})::DOUBLE`];
    default:
      return hasBounds(type) ? [`min(${column})`, `max(${column})`] : [];
  }
}

const hasBounds = (type: DataType): boolean => typeof type === 'string' && type !== 'boolean' && type !== 'binary';

function describe(type: DataType, rows: number, answers: (string | null)[]): DescribedColumn {
  if (typeof type !== 'string' && type.type === 'struct') {
    const children = type.fields.map((field) => describe(field.type, rows, answers));
    return { nullCount: 0, bounds: () => undefined, children };
  }
  const nullCount = rows - Number(answers.shift());
  if (!hasBounds(type)) return { nullCount, bounds: () => undefined };
  const [min, max] = [answers.shift(), answers.shift()];
  const found = min == null || max == null ? undefined : boundsOf(type as string, min, max);
  return { nullCount, bounds: () => found };
}

function boundsOf(type: string, min: string, max: string): Bounds | undefined {
  if (decimalOf(type) !== undefined) return { min, max };
  switch (type) {
    case 'string': {
      const greatest = greatestStringBound(max);
      return {
        min: JSON.stringify(leastStringBound(min)),
        ...(greatest === undefined ? {} : { max: JSON.stringify(greatest) }),
      };
    }
    case 'date':
      return both(min, max, (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? JSON.stringify(text) : undefined));
    case 'timestamp':
    case 'timestamp_ntz':
      return both(min, max, (text) => printTimestamp(BigInt(text), type === 'timestamp' ? 'Z' : ''));
    case 'float':
    case 'double':
      // DuckDB, as Delta, has NaN above all others, "nan" or "-nan": a file with NaN has it as the greatest.
      return both(min, max, (text) => (text.endsWith('nan') ? undefined : printFloat(toNumber(text))));
    default:
      return { min, max };
  }
}

function both(min: string, max: string, print: (text: string) => string | undefined): Bounds | undefined {
  const [least, greatest] = [print(min), print(max)];
  return least === undefined || greatest === undefined ? undefined : { min: least, max: greatest };
}

const toNumber = (text: string): number =>
  text === 'inf' ? Number.POSITIVE_INFINITY : text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text);
