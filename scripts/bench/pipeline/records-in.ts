import { dataSets } from '../columnar/data-sets.ts';

const { schema, textField } = dataSets.wide;
const sqlTypes: Record<string, string> = { timestamp: 'TIMESTAMPTZ', string: 'VARCHAR', double: 'DOUBLE' };

function sqlType(name: string, type: unknown): string {
  const sql = name === textField ? 'JSON' : sqlTypes[String(type)];
  if (sql === undefined) throw new Error(`column ${name}: expected ${Object.keys(sqlTypes).join(', ')}, got ${type}`);
  return sql;
}

const columns = schema.fields.map(({ name, type }) => `"${name}": '${sqlType(name, type)}'`).join(', ');

/** The wide records out of a file of JSON lines, for DuckDB, with the columns of our table. */
export const recordsIn = (lines: string): string =>
  `(SELECT * REPLACE ("${textField}"::VARCHAR AS "${textField}")
    FROM read_json('${lines}', format = 'newline_delimited', columns = {${columns}}))`;

export const columnNames = schema.fields.map(({ name }) => `"${name}"`).join(', ');
