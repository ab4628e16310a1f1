import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type DataType, decimalOf } from '#delta/schema.ts';
import type { Prepare } from './case.ts';
import { newlineDelimited } from './scratch.ts';

const sqlTypes: Record<string, string> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  long: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMPTZ',
};

function sqlType(type: DataType): string {
  if (typeof type !== 'string') {
    switch (type.type) {
      case 'struct':
        return `STRUCT(${type.fields.map((field) => `"${field.name}" ${sqlType(field.type)}`).join(', ')})`;
      case 'array':
        return `${sqlType(type.elementType)}[]`;
      case 'map':
        return `MAP(${sqlType(type.keyType)}, ${sqlType(type.valueType)})`;
    }
  }
  const sql = decimalOf(type) === undefined ? sqlTypes[type] : type;
  if (sql === undefined) throw new Error(`expected a type that DuckDB's case knows, got ${type}`);
  return sql;
}

/** DuckDB on one thread: it reads JSON from files, so the decoded lines go to one first, and its Parquet file is read back. */
const duckdb =
  (compression: 'snappy' | 'zstd'): Prepare =>
  async ({ set, base64, bytes }) => {
    const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'duckdb-'));
    const [lines, file] = [join(folder, 'records.ndjson'), join(folder, 'rows.parquet')];
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    await connection.run("SET timezone = 'UTC'");
    const { textField } = set;
    const columns = set.schema.fields.map(
      ({ name, type }) => `"${name}": '${name === textField ? 'JSON' : sqlType(type)}'`,
    );
    const source = `read_json('${lines}', format = 'newline_delimited', columns = {${columns.join(', ')}})`;
    const asText = textField === undefined ? '' : ` REPLACE ("${textField}"::VARCHAR AS "${textField}")`;
    const copy = `COPY (SELECT *${asText} FROM ${source}) TO '${file}' (FORMAT parquet, COMPRESSION ${compression})`;
    return async () => {
      writeFileSync(lines, newlineDelimited(base64, bytes));
      await connection.run(copy);
      return readFileSync(file);
    };
  };

export const snappy = duckdb('snappy');
export const zstd = duckdb('zstd');
