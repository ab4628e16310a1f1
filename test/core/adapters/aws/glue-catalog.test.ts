import {
  CreateTableCommand,
  EntityNotFoundException,
  GetTableCommand,
  GlueClient,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { glueCatalog, hiveType } from '#adapters/aws/glue-catalog.ts';
import { parseSchema } from '#delta/schema.ts';
import { schemaString } from '../../../support/actions.ts';

const glue = mockClient(GlueClient);
const catalog = glueCatalog(new GlueClient({ region: 'us-east-1' }), 'lake', 'bucket');

const table = {
  Name: 'clicks',
  CreateTime: new Date(0),
  TableType: 'EXTERNAL_TABLE',
  Parameters: { table_type: 'DELTA' },
  StorageDescriptor: { Location: 's3://lake/tables/clicks/', Columns: [{ Name: 'id', Type: 'bigint' }] },
  PartitionKeys: [],
};

beforeEach(() => {
  glue.reset();
  glue.on(GetTableCommand).resolves({ Table: table });
  glue.on(UpdateTableCommand).resolves({});
});

const describe = (...columns: [name: string, type: unknown][]) =>
  catalog.describe({ tableName: 'clicks', schema: parseSchema(schemaString(...columns)) });

test('new columns are written, everything else stays', async () => {
  await describe(['id', 'long'], ['userName', 'string']);
  expect(glue.commandCalls(GetTableCommand)[0]?.args[0].input).toEqual({ DatabaseName: 'lake', Name: 'clicks' });
  expect(glue.commandCalls(UpdateTableCommand)[0]?.args[0].input).toEqual({
    DatabaseName: 'lake',
    TableInput: {
      Name: 'clicks',
      TableType: 'EXTERNAL_TABLE',
      Parameters: { table_type: 'DELTA' },
      StorageDescriptor: {
        Location: 's3://lake/tables/clicks/',
        Columns: [
          { Name: 'id', Type: 'bigint' },
          { Name: 'username', Type: 'string' },
        ],
      },
      PartitionKeys: [],
    },
  });
});

test('a table that is described as it is is not written', async () => {
  await describe(['id', 'long']);
  expect(glue.commandCalls(UpdateTableCommand)).toEqual([]);
});

test('a table that was made at run time is entered', async () => {
  glue.on(GetTableCommand).rejects(new EntityNotFoundException({ message: 'Entity Not Found', $metadata: {} }));
  glue.on(CreateTableCommand).resolves({});
  await describe(['id', 'long']);
  expect(glue.commandCalls(CreateTableCommand)[0]?.args[0].input).toEqual({
    DatabaseName: 'lake',
    TableInput: {
      Name: 'clicks',
      TableType: 'EXTERNAL_TABLE',
      Parameters: { table_type: 'DELTA', classification: 'delta', EXTERNAL: 'TRUE' },
      StorageDescriptor: { Location: 's3://bucket/tables/clicks/', Columns: [{ Name: 'id', Type: 'bigint' }] },
      PartitionKeys: [],
    },
  });
});

test('another answer than that there is none is an error', async () => {
  glue.on(GetTableCommand).rejects(new Error('AccessDenied'));
  await expect(describe(['id', 'long'])).rejects.toThrow('AccessDenied');
  expect(glue.commandCalls(CreateTableCommand)).toEqual([]);
});

test('types are written in Hive’s words', () => {
  const { fields } = parseSchema(
    schemaString(
      ['a', 'integer'],
      ['b', 'decimal(28,6)'],
      ['c', 'timestamp_ntz'],
      ['d', { type: 'array', elementType: { type: 'struct', fields: [{ name: 'X', type: 'short' }] } }],
      ['e', { type: 'map', keyType: 'string', valueType: 'binary' }],
    ),
  );
  expect(fields.map(({ type }) => hiveType(type))).toEqual([
    'int',
    'decimal(28,6)',
    'timestamp',
    'array<struct<x:smallint>>',
    'map<string,binary>',
  ]);
});
