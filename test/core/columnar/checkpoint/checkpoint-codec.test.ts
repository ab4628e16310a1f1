import { parquetMetadata, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { Action } from '#delta/actions.ts';
import type { ActionKind, CheckpointAction } from '#delta/checkpoint-codec.ts';
import { bindPredicate, parsePredicate } from '#delta/predicate.ts';
import {
  addFile,
  metaDataAction,
  protocolAction,
  removeFile,
  tableCreation,
  txnAction,
} from '../../../support/actions.ts';
import { checkpointOf } from '../../../support/checkpoints.ts';

const all: ActionKind[] = ['protocol', 'metaData', 'txn', 'domainMetadata', 'add', 'remove'];

async function read(bytes: Uint8Array, kinds: readonly ActionKind[] = all): Promise<CheckpointAction[]> {
  const file = {
    path: 'checkpoint.parquet',
    sizeBytes: bytes.length,
    readRange: async (start: number, end: number) => bytes.slice(start, end),
  };
  const actions: CheckpointAction[] = [];
  for await (const action of checkpointCodec.read(file, kinds)) actions.push(action);
  return actions;
}

const bytesOf = async (actions: readonly Action[]) => (await checkpointOf(actions)).bytes;

/** A checkpoint's files change no data. */
function asHeld(action: Action): Action {
  if ('add' in action) return { add: { ...action.add, dataChange: false } };
  return 'remove' in action ? { remove: { ...action.remove, dataChange: false } } : action;
}

test('actions come back as they were written', async () => {
  const actions = [
    ...tableCreation(txnAction('a', -(2n ** 63n)), txnAction('b', 1n, { lastUpdated: 2 ** 41 })),
    { domainMetadata: { domain: 'd', configuration: '', removed: false } },
    { add: addFile('y') },
    { add: addFile('x', { partitionValues: { p: 'v', q: null }, stats: '{"numRecords":1}', tags: {} }) },
    { remove: removeFile('z') },
  ];
  expect(await read(await bytesOf(actions))).toEqual(actions.map(asHeld));
});

test('no actions are a file too', async () => {
  expect(await read(await bytesOf([]))).toEqual([]);
});

test('only the kinds that are asked for are read', async () => {
  const bytes = await bytesOf(tableCreation({ add: addFile('x') }, txnAction('a', 1n)));
  expect(await read(bytes, ['txn'])).toEqual([txnAction('a', 1n)]);
  expect(await read(bytes, ['protocol', 'add'])).toEqual([protocolAction(), asHeld({ add: addFile('x') })]);
});

test('the schema is the one that Spark writes', async () => {
  const bytes = await bytesOf(tableCreation());
  const show = ({ element, children }: SchemaTree): string => {
    const type =
      element.type === 'BYTE_ARRAY' ? element.converted_type : (element.type ?? element.converted_type ?? '');
    const inner = children.length === 0 ? '' : `{${children.map(show).join(' ')}}`;
    return `${element.repetition_type?.toLowerCase()} ${type} ${element.name}${inner}`.replace('  ', ' ');
  };
  const columns = parquetSchema(parquetMetadata(new Uint8Array(bytes).buffer)).children.map(show);
  const map = (name: string) => `optional MAP ${name}{repeated key_value{required UTF8 key optional UTF8 value}}`;
  const list = (name: string) => `optional LIST ${name}{repeated list{optional UTF8 element}}`;
  expect(columns).toContain('optional txn{optional UTF8 appId optional INT64 version optional INT64 lastUpdated}');
  expect(columns).toContain(
    `optional protocol{optional INT32 minReaderVersion optional INT32 minWriterVersion ${list('readerFeatures')} ${list('writerFeatures')}}`,
  );
  expect(columns.find((column) => column.includes(' add{'))).toContain(map('partitionValues'));
});

describe('statistics in struct form only', () => {
  const leaf = (name: string, rest: Partial<SchemaElement>): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    ...rest,
  });
  const bounds: SchemaElement[] = [
    leaf('id', { type: 'INT64' }),
    leaf('price', { type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 2 }),
    leaf('day', { type: 'INT32', converted_type: 'DATE' }),
    leaf('at', { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' }),
    leaf('name', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
  ];
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 1 },
    leaf('add', { num_children: 4 }),
    leaf('path', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
    leaf('size', { type: 'INT64' }),
    leaf('modificationTime', { type: 'INT64' }),
    leaf('stats_parsed', { num_children: 2 }),
    leaf('numRecords', { type: 'INT64' }),
    leaf('minValues', { num_children: bounds.length }),
    ...bounds,
  ];
  const fileOf = (minValues: object) => {
    const add = { path: 'x', size: 1n, modificationTime: 2n, stats_parsed: { numRecords: 3n, minValues } };
    return new Uint8Array(parquetWriteBuffer({ schema, columnData: [{ name: 'add', data: [add] }] }));
  };

  test('become text, with every digit', async () => {
    const bytes = fileOf({
      id: 2n ** 63n - 1n,
      price: 12.5,
      day: new Date('2024-02-29'),
      at: new Date('2024-02-29T10:00:00.123Z'),
      name: 'ü',
    });
    const [action] = await read(bytes);
    expect(action).toMatchObject({
      add: {
        stats:
          '{"numRecords":3,"minValues":{"id":9223372036854775807,"price":12.50,"day":"2024-02-29","at":"2024-02-29T10:00:00.123Z","name":"ü"}}',
      },
    });
  });

  test('leave out what is null', async () => {
    const [action] = await read(fileOf({ id: 1n }));
    expect(action).toMatchObject({ add: { stats: '{"numRecords":3,"minValues":{"id":1}}' } });
  });
});

test('bounds of a column that was of another type leave nothing out', async () => {
  const leaf = (name: string, rest: Partial<SchemaElement>) => ({
    name,
    repetition_type: 'OPTIONAL' as const,
    ...rest,
  });
  const elements: SchemaElement[] = [
    { name: 'root', num_children: 1 },
    leaf('add', { num_children: 4 }),
    leaf('path', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
    leaf('size', { type: 'INT64' }),
    leaf('modificationTime', { type: 'INT64' }),
    leaf('partitionValues_parsed', { num_children: 1 }),
    leaf('p', { type: 'FLOAT' }),
  ];
  const add = { path: 'x', size: 1n, modificationTime: 2n, partitionValues_parsed: { p: 0.1 } };
  const columnData = [{ name: 'add', data: [add] }];
  const bytes = new Uint8Array(parquetWriteBuffer({ schema: elements, columnData }));
  const file = { path: 'x', sizeBytes: bytes.length, readRange: async (a: number, b: number) => bytes.slice(a, b) };
  const { metaData } = metaDataAction({ partitionColumns: ['p'] });
  const readWith = async (metadata: Record<string, unknown>) => {
    const fields = [{ name: 'p', type: 'double', nullable: true, metadata }];
    const predicate = bindPredicate(parsePredicate('p = 0.1'), { type: 'struct', fields });
    return Array.fromAsync(checkpointCodec.read(file, ['add'], { predicate, metaData }));
  };
  expect(await readWith({})).toEqual([]);
  expect(await readWith({ 'delta.typeChanges': [{ fromType: 'float', toType: 'double' }] })).toHaveLength(1);
});

test('what is no Parquet file is a damaged log, by its name', async () => {
  await expect(read(new TextEncoder().encode('nothing of the kind'))).rejects.toMatchObject({
    name: 'CorruptLog',
    message: 'checkpoint.parquet: expected a checkpoint in Parquet',
  });
});

test('metaData without options or configuration has empty ones', async () => {
  const { metaData } = metaDataAction();
  const bytes = await bytesOf([{ metaData: { ...metaData, configuration: {} } }]);
  expect(await read(bytes)).toEqual([{ metaData }]);
});
