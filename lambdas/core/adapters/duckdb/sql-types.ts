import { UnsupportedFeature } from '#delta/errors.ts';
import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';

const primitives: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
};

/** An identifier, whatever is in it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text, whatever is in it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * DuckDB's type for a Delta type.
 *
 * @throws {UnsupportedFeature} for void and variant.
 */
export function sqlType(type: DataType): string {
  if (typeof type === 'string') {
    const decimal = decimalOf(type);
    const name = decimal === undefined ? primitives[type] : `DECIMAL(${decimal.precision}, ${decimal.scale})`;
    if (name === undefined) throw new UnsupportedFeature(`expected a column type that DuckDB writes, got ${type}`);
    return name;
  }
  switch (type.type) {
    case 'array':
      return `${sqlType(type.elementType)}[]`;
    case 'map':
      return `MAP(${sqlType(type.keyType)}, ${sqlType(type.valueType)})`;
    case 'struct':
      return `STRUCT(${type.fields.map(({ name, type: member }) => `${quoted(name)} ${sqlType(member)}`).join()})`;
  }
}

/** A column as the table has it, of a file in which DuckDB sees it as `found`; absent: the file does not have it. */
export function projection({ name, type }: StructField, found: string | undefined): string {
  const wanted = sqlType(type);
  const column = quoted(name);
  if (found === undefined) return `CAST(NULL AS ${wanted}) AS ${column}`;
  if (type === 'string' && found === 'BLOB') return `decode(${column}) AS ${column}`;
  if (type === 'binary' && found === 'VARCHAR') return `encode(${column}) AS ${column}`;
  return found === wanted ? `${column} AS ${column}` : `CAST(${column} AS ${wanted}) AS ${column}`;
}
