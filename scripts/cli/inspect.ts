import { stringifyWithBigInts } from '#delta/exact-json.ts';
import { readLastCheckpoint } from '#delta/last-checkpoint.ts';
import type { DataType } from '#delta/schema.ts';
import { commitTimeMs } from '#delta/time-travel.ts';
import { recordsOf } from './files.ts';
import { type OpenedTable, openTable } from './open-table.ts';
import { readArguments, readingOptions, versionOptions } from './read-arguments.ts';
import { bytesText, countText, instantText, textTable } from './text-table.ts';
import type { Verb } from './verb.ts';

export const inspect: Verb = {
  usage: 'inspect <table> [--version <number> | --timestamp <instant>] [--env <environment>] [--json]',
  purpose: 'says what a table is: protocol, columns, properties, transactions, and how much it holds',
  async run(args, root) {
    const { values, positionals } = readArguments(
      args,
      { ...readingOptions, ...versionOptions } as const,
      1,
      this.usage,
    );
    const table = await openTable(positionals[0]!, values, root);
    const held = await holdings(table);
    const { protocol, metaData, txns, domains, version } = table.state;
    const timestamp = instantText(await commitTimeMs(table.store, table.state));
    const checkpoint = (await readLastCheckpoint(table.store))?.version ?? null;
    const { schemaString: _, ...rest } = metaData;
    if (values.json) {
      return stringifyWithBigInts({
        table: positionals[0],
        version,
        timestamp,
        protocol,
        metaData: rest,
        schema: table.schema,
        ...held,
        checkpoint,
        txns: [...txns.values()],
        domains: [...domains.values()],
      });
    }
    return described(positionals[0]!, timestamp, table, held, checkpoint);
  },
};

interface Holdings {
  files: number;
  bytes: number;
  /** By the files' statistics, deleted ones left out; null where some file has none. */
  rows: number | null;
  deletedRows: number;
}

async function holdings(table: OpenedTable): Promise<Holdings> {
  const held: Holdings = { files: 0, bytes: 0, rows: 0, deletedRows: 0 };
  for await (const add of table.files()) {
    const records = recordsOf(add);
    const deleted = add.deletionVector?.cardinality ?? 0;
    held.files += 1;
    held.bytes += add.size;
    held.rows = held.rows === null || records === null ? null : held.rows + records - deleted;
    held.deletedRows += deleted;
  }
  return held;
}

async function* described(
  name: string,
  timestamp: string,
  { state, schema }: OpenedTable,
  { files, bytes, rows, deletedRows }: Holdings,
  checkpoint: number | null,
): AsyncGenerator<string> {
  const { protocol, metaData, txns, domains, version } = state;
  const features = [...new Set([...(protocol.readerFeatures ?? []), ...(protocol.writerFeatures ?? [])])];
  const facts: [string, string | undefined][] = [
    ['table', name],
    ['name', metaData.name],
    ['description', metaData.description],
    ['id', metaData.id],
    ['version', `${version}, of ${timestamp}`],
    ['protocol', `reader ${protocol.minReaderVersion}, writer ${protocol.minWriterVersion}`],
    ['features', features.length === 0 ? undefined : features.join(', ')],
    ['files', `${countText(files)}, ${bytesText(bytes)}`],
    ['rows', rows === null ? 'not in the statistics' : countText(rows)],
    ['deleted', deletedRows === 0 ? undefined : `${countText(deletedRows)} rows, by deletion vectors`],
    ['checkpoint', checkpoint === null ? 'none' : String(checkpoint)],
    ['partitioned', metaData.partitionColumns.join(', ') || undefined],
  ];
  for (const [fact, text] of facts) if (text !== undefined) yield `${fact.padEnd(12)}${text}`;
  yield '';
  yield* textTable(
    ['column', 'type', 'nullable'],
    schema.fields.map((field) => [field.name, typeText(field.type), field.nullable ? 'yes' : 'no']),
  );
  const properties = Object.entries(metaData.configuration);
  if (properties.length > 0) yield* section(['property', 'value'], properties);
  if (txns.size > 0) {
    const known = [...txns.values()].map((txn) => [
      txn.appId,
      String(txn.version),
      txn.lastUpdated === undefined ? '' : instantText(txn.lastUpdated),
    ]);
    yield* section(['transaction', 'version', 'updated'], known);
  }
  if (domains.size > 0) {
    yield* section(
      ['domain', 'configuration'],
      [...domains.values()].map(({ domain, configuration }) => [domain, configuration]),
    );
  }
}

async function* section(names: string[], rows: string[][]): AsyncGenerator<string> {
  yield '';
  yield* textTable(names, rows);
}

/** `array<struct<a: long>>`, as people write it. */
export function typeText(type: DataType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')}>`;
    case 'array':
      return `array<${typeText(type.elementType)}>`;
    case 'map':
      return `map<${typeText(type.keyType)}, ${typeText(type.valueType)}>`;
  }
}
