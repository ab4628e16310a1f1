import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint-codec.ts';
import { type Row, scanTable } from '#columnar/scan-table.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action, MetaData } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { addFile, metaDataAction, protocolAction, schemaString } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore();
});

const leaf = (name: string, rest: Partial<SchemaElement>): SchemaElement => ({
  name,
  repetition_type: 'OPTIONAL',
  ...rest,
});

async function file(path: string, columns: SchemaElement[], data: Record<string, unknown[]>): Promise<void> {
  const schema = [{ name: 'root', num_children: Object.keys(data).length }, ...columns];
  const columnData = Object.entries(data).map(([name, values]) => ({ name, data: values as unknown[] }));
  await store.put(path, new Uint8Array(parquetWriteBuffer({ schema, columnData: columnData as never })));
}

async function rows(metaData: Partial<MetaData>, actions: Action[], columns?: string[]): Promise<Row[]> {
  await store.put(commitPath(0), serializeActions([protocolAction(), metaDataAction(metaData), ...actions]));
  const snapshot = (await loadSnapshot(store, checkpointCodec))!;
  const found: Row[] = [];
  for await (const row of scanTable(store, snapshot, columns === undefined ? {} : { columns })) found.push(row);
  return found;
}

const ids = (path: string, values: bigint[]) => file(path, [leaf('id', { type: 'INT64' })], { id: values });

test('int64, decimals and times are exact', async () => {
  const at = leaf('at', { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } });
  await file(
    'x.parquet',
    [
      leaf('id', { type: 'INT64' }),
      leaf('small', { type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 2 }),
      leaf('day', { type: 'INT32', converted_type: 'DATE' }),
      at,
      leaf('raw', { type: 'BYTE_ARRAY' }),
    ],
    {
      id: [2n ** 63n - 1n, null],
      small: [-0.05, 0],
      day: [new Date('1969-12-31'), null],
      at: [new Date(-1), null],
      raw: [new Uint8Array([255, 0]), null],
    },
  );
  const schema = schemaString(
    ['id', 'long'],
    ['small', 'decimal(18,2)'],
    ['day', 'date'],
    ['at', 'timestamp'],
    ['raw', 'binary'],
  );
  expect(await rows({ schemaString: schema }, [{ add: addFile('x.parquet') }])).toEqual([
    { id: 2n ** 63n - 1n, small: '-0.05', day: '1969-12-31', at: -1000n, raw: new Uint8Array([255, 0]) },
    { id: null, small: '0.00', day: null, at: null, raw: null },
  ]);
});

test('partition values come from the log, whatever the directories say', async () => {
  await ids('elsewhere/a b.parquet', [1n]);
  const schema = schemaString(['p', 'string'], ['n', 'decimal(10,3)'], ['at', 'timestamp'], ['id', 'long']);
  const partitionValues = { p: 'A/A', n: '1.5', at: '2024-02-29 10:00:00.000001' };
  const found = await rows({ schemaString: schema, partitionColumns: ['p', 'n', 'at'] }, [
    { add: addFile('elsewhere/a%20b.parquet', { partitionValues }) },
  ]);
  expect(found).toEqual([{ p: 'A/A', n: '1.500', at: BigInt(Date.UTC(2024, 1, 29, 10)) * 1000n + 1n, id: 1n }]);
});

test('a column that a file does not have is null', async () => {
  await ids('old.parquet', [1n, 2n]);
  const schema = schemaString(['id', 'long'], ['new', 'string']);
  expect(await rows({ schemaString: schema }, [{ add: addFile('old.parquet') }])).toEqual([
    { id: 1n, new: null },
    { id: 2n, new: null },
  ]);
  expect(await rows({ schemaString: schema }, [{ add: addFile('old.parquet') }], ['new'])).toEqual([
    { new: null },
    { new: null },
  ]);
});

test('only the named columns are answered, in the order they were named', async () => {
  await ids('x.parquet', [1n]);
  const schema = schemaString(['p', 'long'], ['id', 'long']);
  const table = { schemaString: schema, partitionColumns: ['p'] };
  const add = { add: addFile('x.parquet', { partitionValues: { p: '7' } }) };
  expect(Object.entries((await rows(table, [add], ['id', 'p']))[0]!)).toEqual([
    ['id', 1n],
    ['p', 7n],
  ]);
  await expect(rows(table, [add], ['ID'])).rejects.toThrow('expected a column among p, id, got ID');
});

describe('a scan refuses', () => {
  test('a live file that is not there', async () => {
    await expect(rows({}, [{ add: addFile('gone.parquet') }])).rejects.toMatchObject({ name: 'MissingDataFile' });
  });

  test('deletion vectors', async () => {
    const deletionVector = { storageType: 'i' as const, pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 1 };
    await ids('x.parquet', [1n]);
    await expect(rows({}, [{ add: addFile('x.parquet', { deletionVector }) }])).rejects.toMatchObject({
      name: 'UnsupportedFeature',
    });
  });

  test('column mapping', async () => {
    await expect(rows({ configuration: { 'delta.columnMapping.mode': 'name' } }, [])).rejects.toThrow('got mode name');
  });

  test('types it does not know', async () => {
    await file('v.parquet', [leaf('v', { type: 'BYTE_ARRAY' })], { v: [new Uint8Array([1])] });
    await expect(
      rows({ schemaString: schemaString(['v', 'geometry']) }, [{ add: addFile('v.parquet') }]),
    ).rejects.toThrow('got geometry');
  });
});
