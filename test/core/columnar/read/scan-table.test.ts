import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { type Row, type ScanOptions, scanTable } from '#columnar/read/scan-table.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action, MetaData } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import { bindPredicate, parsePredicate } from '#delta/predicate.ts';
import { parseSchema } from '#delta/schema.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { addFile, metaDataAction, protocolAction, schemaString } from '../../../support/actions.ts';
import { deletionVectorFile, roaringArray } from '../../../support/deletion-vectors.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';

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

async function rows(
  metaData: Partial<MetaData>,
  actions: Action[],
  columns?: string[],
  options: ScanOptions = {},
): Promise<Row[]> {
  await store.put(commitPath(0), serializeActions([protocolAction(), metaDataAction(metaData), ...actions]));
  const snapshot = (await loadSnapshot(store, checkpointCodec))!;
  const found: Row[] = [];
  const table = { metaData: snapshot.metaData, files: snapshot.files.values() };
  for await (const row of scanTable(store, table, columns === undefined ? options : { ...options, columns }))
    found.push(row);
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

test('dates have all digits of their years', async () => {
  const day = leaf('day', { type: 'INT32', converted_type: 'DATE' });
  await file('x.parquet', [day], { day: [new Date('+010000-01-02'), new Date('-000001-01-02')] });
  const schema = schemaString(['day', 'date']);
  expect(await rows({ schemaString: schema }, [{ add: addFile('x.parquet') }])).toEqual([
    { day: '+010000-01-02' },
    { day: '-000001-01-02' },
  ]);
});

test('an empty partition value is null, a text as well', async () => {
  await ids('x.parquet', [1n]);
  const schema = schemaString(['p', 'string'], ['n', 'long'], ['id', 'long']);
  const add = addFile('x.parquet', { partitionValues: { p: '', n: '' } });
  expect(await rows({ schemaString: schema, partitionColumns: ['p', 'n'] }, [{ add }])).toEqual([
    { p: null, n: null, id: 1n },
  ]);
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

test('rows that a deletion vector names are left out', async () => {
  await ids('x.parquet', [10n, 11n, 12n]);
  await store.put('deletion_vector_61d16c75-6994-46b7-a15b-8b538852e50e.bin', deletionVectorFile([0, 2]));
  const sizeInBytes = roaringArray([0, 2]).length;
  const stored = { storageType: 'u' as const, pathOrInlineDv: 'vBn[lx{q8@P<9BNH/isA', offset: 1, sizeInBytes };
  const add = addFile('x.parquet', { deletionVector: { ...stored, cardinality: 2 } });
  expect(await rows({}, [{ add }])).toEqual([{ id: 11n }]);
});

test('rows that do not match a predicate are left out, by columns that are not asked for too', async () => {
  await ids('x.parquet', [1n, 2n, null as unknown as bigint, 3n]);
  const schema = schemaString(['p', 'string'], ['id', 'long']);
  const add = { add: addFile('x.parquet', { partitionValues: { p: 'a' } }) };
  const predicate = bindPredicate(parsePredicate("id >= 2 and p = 'a'"), parseSchema(schema));
  const table = { schemaString: schema, partitionColumns: ['p'] };
  expect(await rows(table, [add], ['p'], { predicate })).toEqual([{ p: 'a' }, { p: 'a' }]);
  expect(await rows(table, [add], undefined, { predicate })).toEqual([
    { p: 'a', id: 2n },
    { p: 'a', id: 3n },
  ]);
});

test('a predicate looks into structs, whose absence never matches', async () => {
  const group = { name: 'g', num_children: 1, repetition_type: 'OPTIONAL' } as const;
  await file('x.parquet', [group, leaf('i', { type: 'INT64' })], { g: [{ i: 1n }, null, { i: 2n }] });
  const struct = { type: 'struct', fields: [{ name: 'i', type: 'long', nullable: true, metadata: {} }] };
  const schema = schemaString(['g', struct]);
  const predicate = bindPredicate(parsePredicate('g.i != 1'), parseSchema(schema));
  expect(await rows({ schemaString: schema }, [{ add: addFile('x.parquet') }], undefined, { predicate })).toEqual([
    { g: { i: 2n } },
  ]);
});

test('columns may have the names of what every object has', async () => {
  const names = ['constructor', 'toString', 'valueOf'];
  const data = Object.fromEntries(names.map((name) => [name, [1n]]));
  await file(
    'x.parquet',
    names.map((name) => leaf(name, { type: 'INT64' })),
    data,
  );
  const schema = schemaString(...[...names, 'hasOwnProperty'].map((name): [string, string] => [name, 'long']));
  const [row] = await rows({ schemaString: schema }, [{ add: addFile('x.parquet') }]);
  expect(Object.values(row!)).toEqual([1n, 1n, 1n, null]);
});

test('files are opened ahead, a few at a time, and read in their order', async () => {
  const paths = Array.from({ length: 12 }, (_, index) => `${index}.parquet`);
  for (const [index, path] of paths.entries()) await ids(path, [BigInt(index)]);
  const { head } = store;
  let opened = 0;
  let most = 0;
  store.head = (path) => {
    opened += 1;
    return head(path);
  };
  const metaData = metaDataAction().metaData;
  const files = paths.map((path) => addFile(path));
  const found: unknown[] = [];
  for await (const { id } of scanTable(store, { metaData, files })) {
    found.push(id);
    most = Math.max(most, opened - found.length);
  }
  expect(found).toEqual(paths.map((_, index) => BigInt(index)));
  expect(most).toBe(4);
});

describe('columns are found in a file', () => {
  const mapped = (id: number, physical: string) => ({
    'delta.columnMapping.id': id,
    'delta.columnMapping.physicalName': physical,
  });
  const schema = JSON.stringify({
    type: 'struct',
    fields: [
      { name: 'part', type: 'long', nullable: true, metadata: mapped(1, 'col-p') },
      {
        name: 'group',
        nullable: true,
        metadata: mapped(2, 'col-g'),
        type: {
          type: 'struct',
          fields: [
            { name: 'inner', type: 'long', nullable: true, metadata: mapped(3, 'col-i') },
            { name: 'new', type: 'long', nullable: true, metadata: mapped(4, 'col-n') },
          ],
        },
      },
    ],
  });
  const parquetFields: SchemaElement[] = [
    { name: 'col-g', num_children: 1, repetition_type: 'OPTIONAL', field_id: 2 },
    leaf('col-i', { type: 'INT64', field_id: 3 }),
  ];
  const add = { add: addFile('x.parquet', { partitionValues: { 'col-p': '7' } }) };
  const table = (mode: string) => ({
    schemaString: schema,
    partitionColumns: ['part'],
    configuration: { 'delta.columnMapping.mode': mode },
  });
  const expected = [
    { part: 7n, group: { inner: 1n, new: null } },
    { part: 7n, group: null },
  ];

  test('by their physical names', async () => {
    await file('x.parquet', parquetFields, { 'col-g': [{ 'col-i': 1n }, null] });
    expect(await rows(table('name'), [add])).toEqual(expected);
  });

  test('by their ids, whatever their names', async () => {
    const [group, inner] = parquetFields as [SchemaElement, SchemaElement];
    await file(
      'x.parquet',
      [
        { ...group, name: 'g' },
        { ...inner, name: 'i' },
      ],
      { g: [{ i: 1n }, null] },
    );
    expect(await rows(table('id'), [add])).toEqual(expected);
  });

  test('by their ids only where a file has some', async () => {
    await ids('x.parquet', [1n]);
    await expect(rows(table('id'), [add])).rejects.toThrow('x.parquet: expected Parquet fields with ids');
  });
});

test('an absolute path is read where it leads', async () => {
  const other = memoryObjectStore();
  await ids('x.parquet', [5n]);
  await other.put('key of/x.parquet', (await store.read('x.parquet'))!.bytes);
  const locate = (path: string) => ({ store: other, path: path.slice('s3://other/'.length) });
  const add = addFile('s3://other/key%20of/x.parquet');
  expect(await rows({}, [{ add }], undefined, { locate })).toEqual([{ id: 5n }]);
});

test('values widen to the type of the table', async () => {
  await file(
    'x.parquet',
    [
      leaf('long', { type: 'INT32' }),
      leaf('double', { type: 'FLOAT' }),
      leaf('fromInt', { type: 'INT32' }),
      leaf('decimal', { type: 'INT32', converted_type: 'DECIMAL', precision: 4, scale: 1 }),
      leaf('whole', { type: 'INT32' }),
      leaf('at', { type: 'INT32', converted_type: 'DATE' }),
    ],
    { long: [-1], double: [1.5], fromInt: [3], decimal: [1.5], whole: [7], at: [new Date('1969-12-31')] },
  );
  const schema = schemaString(
    ['long', 'long'],
    ['double', 'double'],
    ['fromInt', 'double'],
    ['decimal', 'decimal(10,3)'],
    ['whole', 'decimal(12,2)'],
    ['at', 'timestamp_ntz'],
  );
  expect(await rows({ schemaString: schema }, [{ add: addFile('x.parquet') }])).toEqual([
    { long: -1n, double: 1.5, fromInt: 3, decimal: '1.500', whole: '7.00', at: -86_400_000_000n },
  ]);
});

test('row groups are fetched as they are read', async () => {
  const values = Array.from({ length: 10_000 }, (_, index) => BigInt(index) * 7_919n);
  const bytes = parquetWriteBuffer({ columnData: [{ name: 'id', data: values, type: 'INT64' }], rowGroupSize: 1_000 });
  await store.put('x.parquet', new Uint8Array(bytes));
  const { readRange } = store;
  let ranges = 0;
  store.readRange = (path, start, end) => {
    ranges += 1;
    return readRange(path, start, end);
  };
  const scanned = scanTable(store, { metaData: metaDataAction().metaData, files: [addFile('x.parquet')] });
  for await (const { id } of scanned) if (id === values[1_500]) break;
  const footer = 1;
  expect(ranges).toBe(footer + 2);
});

test('a file whose pages cannot be read is named; an outage is told as it is', async () => {
  await ids('x.parquet', [1n, 2n]);
  const { bytes } = (await store.read('x.parquet'))!;
  await store.put('x.parquet', new Uint8Array(bytes).fill(0xff, 4, 20));
  await expect(rows({}, [{ add: addFile('x.parquet') }])).rejects.toThrow(
    'x.parquet: expected a Parquet file whose pages can be read',
  );
  const outage = new Error('no connection');
  store.readRange = () => Promise.reject(outage);
  await expect(rows({}, [{ add: addFile('x.parquet') }])).rejects.toBe(outage);
});

describe('a scan refuses', () => {
  test('a live file that is not there', async () => {
    await expect(rows({}, [{ add: addFile('gone.parquet') }])).rejects.toMatchObject({ name: 'MissingDataFile' });
  });

  test('a type change that is no widening', async () => {
    const changed = { 'delta.typeChanges': [{ fromType: 'string', toType: 'long' }] };
    const field = { name: 'id', type: 'long', nullable: true, metadata: changed };
    await ids('x.parquet', [1n]);
    await expect(
      rows({ schemaString: JSON.stringify({ type: 'struct', fields: [field] }) }, [{ add: addFile('x.parquet') }]),
    ).rejects.toThrow('id: expected a type change that widens, got string to long');
  });

  test('a file whose column does not widen to the type of the table', async () => {
    await ids('x.parquet', [1n]);
    await expect(
      rows({ schemaString: schemaString(['id', 'integer']) }, [{ add: addFile('x.parquet') }]),
    ).rejects.toThrow('id: expected a Parquet field that holds integer, got INT64');
  });

  test('an absolute path that leads nowhere', async () => {
    await expect(rows({}, [{ add: addFile('s3://other/x.parquet') }])).rejects.toMatchObject({
      name: 'UnsupportedFeature',
      message: expect.stringContaining('s3://other/x.parquet'),
    });
  });

  test('types it does not know', async () => {
    await file('v.parquet', [leaf('v', { type: 'BYTE_ARRAY' })], { v: [new Uint8Array([1])] });
    await expect(
      rows({ schemaString: schemaString(['v', 'geometry']) }, [{ add: addFile('v.parquet') }]),
    ).rejects.toThrow('got geometry');
  });
});
