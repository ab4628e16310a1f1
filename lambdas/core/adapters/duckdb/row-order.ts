import type { DuckDBConnection } from '@duckdb/node-api';
import { fieldsAt } from '#delta/predicate.ts';
import type { StructField } from '#delta/schema.ts';
import type { RowOrder } from '#pipeline/optimize/optimize-plan.ts';
import { literal, quoted, sqlType } from './sql-types.ts';

/** Bits of a column's place on a Z-order curve: four columns fit into 32. */
const bitsPerColumn = 8;
const places = 2 ** bitsPerColumn;
/** Rows that places are estimated from. */
const sampledRows = 100_000;

/** How a query orders its rows. */
export interface Ordering {
  /** Further columns of the selection that it orders by. */
  computed: string[];
  /** What follows `ORDER BY`. */
  by: string;
}

/**
 * An order of the rows of `source`. Along a Z-order curve, a row's place by a column is its place among a sample's quantiles, so
 * that every column has its share of the curve however its values are spread.
 *
 * @throws {Error} for a column that is not among `fields`.
 */
export async function orderingOf(
  connection: DuckDBConnection,
  { kind, columns }: RowOrder,
  source: string,
  fields: readonly StructField[],
): Promise<Ordering> {
  const ordered = columns.map((path) => orderedColumn(path, fields));
  if (kind === 'sort') {
    return { computed: [], by: ordered.map(({ column }) => `${column} ASC NULLS FIRST`).join() };
  }
  const computed: string[] = [];
  for (const [index, { column, type }] of ordered.entries()) {
    const bounds = await quantiles(connection, column, source);
    const isBelow = (bound: string) => `${column} < CAST(${literal(bound)} AS ${type})`;
    const place = placeAmong(bounds, isBelow);
    computed.push(`CASE WHEN ${column} IS NULL THEN 0 ELSE ${place} END AS ${placeName(index)}`);
  }
  return { computed, by: interleaved(columns.map((_, index) => placeName(index))) };
}

/** Delta's columns have no spaces in their names. */
const placeName = (index: number): string => quoted(`place ${index}`);

/** A column by its path, such as `a.b` for a struct's field, as SQL has it, and its type. */
function orderedColumn(path: string, fields: readonly StructField[]): { column: string; type: string } {
  const found = fieldsAt(path, { type: 'struct', fields: [...fields] });
  if (found === undefined) {
    throw new Error(
      `expected to order rows by a column among ${fields.map((field) => field.name).join(', ')}, got ${path}`,
    );
  }
  const { type } = found.at(-1) as StructField;
  return { column: found.map(({ name }) => quoted(name)).join('.'), type: sqlType(type) };
}

/** Values that split a sample of a column into equal parts, ascending, each once, the least left out; as text. */
async function quantiles(connection: DuckDBConnection, column: string, source: string): Promise<string[]> {
  const wanted = Array.from({ length: places - 1 }, (_, index) => (index + 1) / places).join();
  const reader = await connection.runAndReadAll(
    `WITH sampled AS (SELECT ${column} AS value FROM (${source}) USING SAMPLE reservoir(${sampledRows} ROWS) REPEATABLE (1))
     SELECT DISTINCT value, value::VARCHAR FROM (SELECT unnest(quantile_disc(value, [${wanted}])) AS value FROM sampled)
     WHERE value > (SELECT min(value) FROM sampled) ORDER BY value`,
  );
  return (reader.getRows() as [unknown, string][]).map(([, text]) => text).filter((text) => !text.includes('\0'));
}

/** A value's place: how many bounds are not above it, found by halving, spread over all places. */
function placeAmong(bounds: readonly string[], isBelow: (bound: string) => string): string {
  const between = (from: number, to: number): string => {
    if (from === to) return String(Math.floor((from * places) / (bounds.length + 1)));
    const middle = (from + to) >> 1;
    return `CASE WHEN ${isBelow(bounds[middle]!)} THEN ${between(from, middle)} ELSE ${between(middle + 1, to)} END`;
  };
  return between(0, bounds.length);
}

/** The places' bits in turn, the most significant first. */
function interleaved(names: readonly string[]): string {
  const terms: string[] = [];
  for (let bit = 0; bit < bitsPerColumn; bit++) {
    for (const [index, name] of names.entries()) {
      const at = bit * names.length + (names.length - 1 - index);
      terms.push(`((${name} >> ${bit}) & 1)::BIGINT * ${2 ** at}`);
    }
  }
  return terms.join(' + ');
}
