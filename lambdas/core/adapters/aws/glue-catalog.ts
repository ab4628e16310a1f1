import {
  type Column,
  CreateTableCommand,
  EntityNotFoundException,
  GetTableCommand,
  type GlueClient,
  type Table,
  type TableInput,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { tablePrefix } from '#contract/environment.ts';
import { glueTable } from '#contract/glue-table.ts';
import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import type { Catalog } from '#pipeline/commit/catalog.ts';

/** Members of a Glue table that an update may set again. */
const kept = [
  'Description',
  'Owner',
  'Retention',
  'ViewOriginalText',
  'ViewExpandedText',
  'TableType',
  'Parameters',
  'TargetTable',
] as const;

/**
 * A Glue Data Catalog database. The stack makes the entries of tables that settings name; those that routes make at run time get
 * theirs here. Athena reads a Delta table's own log; the columns of its entry are for people and for tools that look no further.
 */
export function glueCatalog(client: GlueClient, database: string, lakeBucket: string): Catalog {
  const tableNamed = async (tableName: string): Promise<Table | undefined> => {
    try {
      return (await client.send(new GetTableCommand({ DatabaseName: database, Name: tableName }))).Table;
    } catch (error) {
      if (error instanceof EntityNotFoundException) return undefined;
      throw error;
    }
  };
  return {
    async describe({ tableName, schema }) {
      const table = await tableNamed(tableName);
      const columns = schema.fields.map(toColumn);
      if (table === undefined) {
        const location = `s3://${lakeBucket}/${tablePrefix(tableName)}/`;
        const TableInput: TableInput = {
          Name: tableName,
          TableType: glueTable.tableType,
          Parameters: glueTable.parameters,
          StorageDescriptor: { Location: location, Columns: columns },
          PartitionKeys: [],
        };
        await client.send(new CreateTableCommand({ DatabaseName: database, TableInput }));
        return;
      }
      const present = table.StorageDescriptor?.Columns ?? [];
      if ((table.PartitionKeys ?? []).length > 0 || !sameColumns(columns, present)) {
        const TableInput: TableInput = {
          Name: tableName,
          ...Object.fromEntries(
            kept.filter((member) => table[member] !== undefined).map((member) => [member, table[member]]),
          ),
          StorageDescriptor: { ...table.StorageDescriptor, Columns: columns },
          /** Partition columns of a Delta table stand among the others: its log says which they are. */
          PartitionKeys: [],
        };
        await client.send(new UpdateTableCommand({ DatabaseName: database, TableInput }));
      }
    },
  };
}

const sameColumns = (wanted: readonly Column[], present: readonly Column[]): boolean =>
  wanted.length === present.length &&
  wanted.every(({ Name, Type }, index) => present[index]?.Name === Name && present[index]?.Type === Type);

/** Glue's names are lower case, and it takes types of 131,072 characters at most. */
const toColumn = ({ name, type }: StructField): Column => ({ Name: name.toLowerCase(), Type: hiveType(type) });

const hiveNames: Record<string, string> = {
  long: 'bigint',
  integer: 'int',
  short: 'smallint',
  byte: 'tinyint',
  timestamp_ntz: 'timestamp',
};

/** A type in Hive's words, as Glue has them: `array<struct<name:string>>`. */
export function hiveType(type: DataType): string {
  if (typeof type === 'string') {
    const decimal = decimalOf(type);
    return decimal === undefined ? (hiveNames[type] ?? type) : `decimal(${decimal.precision},${decimal.scale})`;
  }
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name.toLowerCase()}:${hiveType(field.type)}`).join(',')}>`;
    case 'array':
      return `array<${hiveType(type.elementType)}>`;
    case 'map':
      return `map<${hiveType(type.keyType)},${hiveType(type.valueType)}>`;
  }
}
