import { columns } from './columns.ts';

const duckdbTypes = { timestamp: 'TIMESTAMP', string: 'VARCHAR', double: 'DOUBLE' } as const;

/** The columns as DuckDB's `read_json` takes them. */
export const jsonColumns = `{${columns.map(({ name, type }) => `${name}: '${duckdbTypes[type]}'`).join(', ')}}`;
