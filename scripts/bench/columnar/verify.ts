/** Child process: reads a case's file with DuckDB and hyparquet, value by value. Arguments: a data set, its lines, the file. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance, DuckDBListValue, DuckDBStructValue, DuckDBTimestampTZValue } from '@duckdb/node-api';
import type { DataType } from '#delta/schema.ts';
import { rowsOfParquet } from '../../../test/support/parquet-rows.ts';
import { type DataSetName, dataSets } from './data-sets.ts';

type Row = Record<string, unknown>;

const [name, linesFile, file] = process.argv.slice(2) as [DataSetName, string, string];
const { fields } = dataSets[name].schema;
const lines = readFileSync(linesFile, 'utf8').trimEnd().split('\n');

/** What a JSON value is in a column of this type. */
function meant(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null;
  if (typeof type !== 'string') {
    if (type.type === 'array') return (value as unknown[]).map((item) => meant(item, type.elementType));
    if (type.type === 'struct') {
      return Object.fromEntries(
        type.fields.map((field) => [field.name, meant((value as Row)[field.name], field.type)]),
      );
    }
  }
  if (type === 'timestamp') return BigInt(Date.parse(value as string)) * 1000n;
  if (type === 'long') return BigInt(value as number);
  return type === 'string' && typeof value !== 'string' ? JSON.stringify(value) : value;
}

/** What a reader gives, in plain values. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBListValue) return value.items.map(plain);
  if (value instanceof DuckDBStructValue) return plain(value.entries);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const [names, others] = [Object.keys(left), Object.keys(right)];
  return (
    Array.isArray(left) === Array.isArray(right) &&
    names.length === others.length &&
    names.every((key) => isSame((left as Row)[key], (right as Row)[key]))
  );
}

function compare(reader: string, rows: number, cell: (column: string, place: number, row: number) => unknown): void {
  if (rows !== lines.length) throw new Error(`${reader}: expected ${lines.length} rows, got ${rows}`);
  for (const [row, line] of lines.entries()) {
    const record = JSON.parse(line) as Row;
    for (const [place, field] of fields.entries()) {
      const expected = meant(record[field.name], field.type);
      const found = plain(cell(field.name, place, row));
      if (isSame(expected, found)) continue;
      const shown = [expected, found].map((value) =>
        JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `${member}` : member)),
      );
      throw new Error(`${reader}, row ${row}, column ${field.name}: expected ${shown[0]}, got ${shown[1]}`);
    }
  }
}

const objects = await rowsOfParquet(readFileSync(file));
compare('hyparquet', objects.length, (column, _, row) => objects[row]?.[column]);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const columns = await (await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`)).getColumns();
compare('DuckDB', columns[0]?.length ?? 0, (_, place, row) => columns[place]?.[row]);
console.log(JSON.stringify({ values: lines.length * fields.length }));
process.exit(0);
