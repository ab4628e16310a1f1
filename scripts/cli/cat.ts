import { canonicalRow } from '#columnar/read/canonical-row.ts';
import { type Row, scanBatches } from '#columnar/read/scan-table.ts';
import type { StructField, StructType } from '#delta/schema.ts';
import { openTable, predicateOf } from './open-table.ts';
import { readArguments, readingOptions, versionOptions, wholeNumber } from './read-arguments.ts';
import { textTable } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

const options = {
  ...readingOptions,
  ...versionOptions,
  where: { type: 'string' },
  columns: { type: 'string' },
  limit: { type: 'string' },
} as const;

export const cat: Verb = {
  usage:
    'cat <table> [--version <number> | --timestamp <instant>] [--where <predicate>] [--columns <a,b>] [--limit <rows>] [--env <environment>] [--json]',
  purpose: 'prints the rows of a table; with --json one JSON object a line, exact and in canonical form',
  async run(args, root) {
    const { values, positionals } = readArguments(args, options, 1, this.usage);
    const limit = values.limit === undefined ? Infinity : wholeNumber('--limit', values.limit);
    const { store, locate, state, schema, files } = await openTable(positionals[0]!, values, root);
    const fields = fieldsOf(values.columns, schema);
    const predicate = predicateOf(values.where, schema);
    const scanned = { metaData: state.metaData, files: files({ predicate }) };
    const columns = fields.map(({ name }) => name);
    const batches = first(limit, scanBatches(store, scanned, { columns, predicate, locate }));
    if (values.json) return texts(batches, canonicalRow(fields));
    return textTable(columns, texts(batches, cellsOf(fields)));
  },
};

/** Columns in the order they are named, or all. */
function fieldsOf(columns: string | undefined, { fields }: StructType): StructField[] {
  if (columns === undefined) return fields;
  return columns.split(',').map((column) => {
    const name = column.trim();
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const names = fields.map((candidate) => candidate.name).join(', ');
      throw new UsageError(`--columns: expected columns among ${names}, got ${name}`);
    }
    return field;
  });
}

/** Cells as people read them: canonical texts, without the quotes of plain ones. */
function cellsOf(fields: readonly StructField[]): (row: Row) => string[] {
  const toTexts = fields.map((field) => {
    const toText = canonicalRow([field]);
    const label = `{${JSON.stringify(field.name)}:`.length;
    return (row: Row) => toText(row).slice(label, -1);
  });
  return (row) => toTexts.map((toText) => toText(row).replace(/^"([^"\\]*)"$/, '$1'));
}

async function* first(limit: number, batches: AsyncIterable<Row[]>): AsyncGenerator<Row[]> {
  let left = limit;
  if (left === 0) return;
  for await (const rows of batches) {
    yield rows.slice(0, left);
    left -= rows.length;
    if (left <= 0) return;
  }
}

async function* texts<Text>(batches: AsyncIterable<Row[]>, toText: (row: Row) => Text): AsyncGenerator<Text> {
  for await (const rows of batches) for (const row of rows) yield toText(row);
}
