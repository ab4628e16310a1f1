import { parquetMetadata } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { parseSchema } from '#delta/schema.ts';
import { counted, ingestWorld, record } from '../../../support/ingest.ts';
import { listOf, mapOf, structOf } from '../../../support/schemas.ts';

type World = ReturnType<typeof ingestWorld>;

async function typesOf(world: World, table = 'clicks') {
  const found = await world.ledger.tableNamed(table);
  return found && Object.fromEntries(parseSchema(found.schemaString).fields.map(({ name, type }) => [name, type]));
}

const inferred: [values: string[], type: unknown][] = [
  [['1', '-9223372036854775808'], 'long'],
  [['1', '9223372036854775808'], 'decimal(20,0)'],
  [['99999999999999999999'], 'decimal(20,0)'],
  [['100000000000000000000', '1'], 'string'],
  [['1'.repeat(100_000)], 'string'],
  [['1.0'], 'double'],
  [['1', '2', '2.5'], 'double'],
  [['1e3'], 'double'],
  [['"2024-01-01T00:00:00Z"'], 'string'],
  [['true', 'null'], 'boolean'],
  [['null', '[]', '{}'], undefined],
  [['[]', '[1]', '[null,2.5]'], listOf('double')],
  [['[[]]'], undefined],
  [['[{"a":1},{"b":"x"}]'], listOf(structOf({ a: 'long', b: 'string' }))],
  [['{"a":null}', '{"a":{"b":[true]}}'], structOf({ a: structOf({ b: listOf('boolean') }) })],
  [['"x"', '"y"', '5'], 'string'],
  [['1', '2', '"x"'], 'long'],
  [['1', '"x"'], 'string'],
  [['"x"', '[]', '[]'], 'string'],
];

describe('undeclared columns are inferred over the whole batch', () => {
  test.each(inferred)('%j', async (values, type) => {
    const world = ingestWorld();
    await world.ingest(values.map((value, index) => record(index + 1, `{"id":1,"v":${value}}`)));
    expect((await typesOf(world))?.v).toEqual(type);
  });

  test('records without a field whose type can be told have no table', async () => {
    const world = ingestWorld();
    await world.ingest([record(1, '{}'), record(2, '{"a":null}')]);
    expect(await world.ledger.tableNamed('clicks')).toBeUndefined();
    expect((await world.rows('dead_letters')).map(({ error }) => error)).toEqual(['NoColumns', 'NoColumns']);
  });

  test('names that Delta refuses', async () => {
    const world = ingestWorld();
    await world.ingest([record(1, '{"US Gross":1,"a(b)=c;\\t":2,"":3}'), record(2, '{"us gross":4}')]);
    expect(await world.rows('clicks')).toEqual([
      { US_Gross: 1n, a_b__c__: 2n, _: 3n },
      { US_Gross: 4n, a_b__c__: null, _: null },
    ]);
  });
});

describe('growth is agreed in the ledger before any file uses it', () => {
  test('new columns come last in their struct; what is there keeps its type', async () => {
    const world = ingestWorld();
    await world.ingest([record(1, '{"id":1,"at":{"x":1}}')]);
    await world.ingest([record(2, '{"new":"n","id":2,"at":{"X":2,"y":true}}'), record(3, '{"id":"text"}')]);
    expect(await typesOf(world)).toEqual({ id: 'long', at: structOf({ x: 'long', y: 'boolean' }), new: 'string' });
    expect((await world.manifests('clicks')).map(({ schemaVersion }) => schemaVersion)).toEqual([1, 2]);
    expect(await world.rows('clicks')).toEqual([
      { id: 1n, at: { x: 1n } },
      { id: 2n, at: { x: 2n, y: true }, new: 'n' },
    ]);
    expect(await world.rows('dead_letters')).toMatchObject([{ error: 'TypeMismatch', _position: '3' }]);
  });

  test('two shards that add one column at once agree on it', async () => {
    const world = ingestWorld();
    await world.ingest([record(1, '{"id":1}')]);
    const update = world.ledger.updateTable.bind(world.ledger);
    const racing = {
      ...world.ledger,
      updateTable: async (...args: Parameters<typeof update>) => {
        racing.updateTable = update;
        await world.ingest([record(1, '{"id":2,"v":"first"}', { partition: '1' })]);
        return update(...args);
      },
    };
    await world.ingest([record(2, '{"id":3,"v":5,"w":1}')], racing);
    expect(await typesOf(world)).toEqual({ id: 'long', v: 'string', w: 'long' });
    expect(await world.rows('clicks')).toContainEqual({ id: 3n, v: '5', w: 1n });
  });

  test('a table that is made by another at the same time', async () => {
    const world = ingestWorld();
    const racing = {
      ...world.ledger,
      createTable: async (...args: Parameters<typeof world.ledger.createTable>) => {
        await world.ingest([record(1, '{"id":2}', { partition: '1' })]);
        return world.ledger.createTable(...args);
      },
    };
    await world.ingest([record(1, '{"name":"x"}')], racing);
    expect(await typesOf(world)).toEqual({ id: 'long', name: 'string' });
    expect(await world.rows('clicks')).toHaveLength(2);
  });

  test('a declared table grows only where evolution says so', async () => {
    const schema = [{ name: 'id', type: 'long' }];
    const fixed = ingestWorld({ schema });
    await fixed.ingest([record(1, '{"id":1,"v":2}'), record(2, '{"id":2}')]);
    expect(await typesOf(fixed)).toEqual({ id: 'long' });
    expect(await fixed.rows('dead_letters')).toMatchObject([{ error: 'UnknownColumn', path: '$.v', _position: '1' }]);
    const growing = ingestWorld({ schema, evolution: 'add' });
    await growing.ingest([record(1, '{"id":1,"v":2}')]);
    expect(await typesOf(growing)).toEqual({ id: 'long', v: 'long' });
  });

  test('a record full of new names cannot burst the schema', async () => {
    const world = ingestWorld();
    await world.ingest([record(1, '{"id":1}')]);
    const names = Array.from({ length: 10_000 }, (_, index) => `"column${index}":1`);
    await world.ingest([record(2, `{${names}}`), record(3, '{"id":3}')]);
    expect(await typesOf(world)).toEqual({ id: 'long' });
    expect(counted(world, metrics.deadLetters)).toBe(1);
  });
});

describe('a table that the lake has already', () => {
  const schemaString = JSON.stringify(structOf({ ID: 'long', extra: mapOf('string', 'long') }));

  test('is taken over with its id and its columns', async () => {
    const world = ingestWorld();
    world.lake.set('clicks', { incarnation: 'lake-id', schemaString, partitionColumns: [], configuration: {} });
    await world.ingest([record(1, '{"id":1}'), record(2, '{"id":2,"extra":{"a":1}}')]);
    const found = await world.ledger.tableNamed('clicks');
    expect(found).toMatchObject({ incarnation: 'lake-id', schemaString });
    const rows = await world.rows('clicks');
    expect(rows.map(({ ID, extra }) => [ID, extra])).toEqual([
      [1n, undefined],
      [2n, { a: 1n }],
    ]);
  });

  test('keeps the type that others gave to a column first', async () => {
    const world = ingestWorld();
    await world.ingest([record(1, '{"id":1}')]);
    const { incarnation } = (await world.ledger.tableNamed('clicks'))!;
    const theirs = JSON.stringify(structOf({ id: 'long', level: 'long' }));
    world.lake.set('clicks', { incarnation, schemaString: theirs, partitionColumns: [], configuration: {} });
    await world.ingest([record(2, '{"id":2,"level":"high"}'), record(3, '{"id":3,"level":3}')]);
    expect(await typesOf(world)).toEqual({ id: 'long', level: 'long' });
    expect(await world.rows('clicks')).toMatchObject([{ id: 1n }, { id: 3n, level: 3n }]);
    expect(await world.rows('dead_letters')).toMatchObject([{ error: 'TypeMismatch', path: '$.level' }]);
  });

  test('of another incarnation has no say', async () => {
    const world = ingestWorld();
    await world.ingest([record(1, '{"id":1}')]);
    const theirs = JSON.stringify(structOf({ id: 'string', level: 'long' }));
    world.lake.set('clicks', { incarnation: 'another', schemaString: theirs, partitionColumns: [], configuration: {} });
    await world.ingest([record(2, '{"id":2,"level":"high"}')]);
    expect(await typesOf(world)).toEqual({ id: 'long', level: 'string' });
  });

  test('refuses settings that contradict it', async () => {
    const world = ingestWorld({ schema: [{ name: 'id', type: 'string' }] });
    world.lake.set('clicks', { incarnation: 'lake-id', schemaString, partitionColumns: [], configuration: {} });
    await expect(world.ingest([record(1, '{"id":"1"}')])).rejects.toThrow(
      'table clicks: expected the settings to declare ID as the table has it, long, got string',
    );
    const partitioned = ingestWorld({ partitionBy: ['id'] });
    partitioned.lake.set('clicks', { incarnation: 'lake-id', schemaString, partitionColumns: [], configuration: {} });
    await expect(partitioned.ingest([record(1, '{"id":1}')])).rejects.toThrow(
      'table clicks: expected partitionBy to be as the table is, [], got [id]',
    );
  });
});

test('position columns: in local for every table, elsewhere where asked, for dead letters always', async () => {
  const position = { _source: 'string', _partition: 'string', _position: 'string' };
  const local = ingestWorld({}, {}, 'local');
  await local.ingest([record('5', '{"id":1}')]);
  expect(await typesOf(local)).toEqual({ ...position, id: 'long' });
  expect(await local.rows('clicks')).toEqual([{ _source: 'clicks', _partition: '0', _position: '5', id: 1n }]);
  const asked = ingestWorld({ positionColumns: true, schema: [{ name: 'id', type: 'long' }] });
  await asked.ingest([record('5', '{"id":1}')]);
  expect(await typesOf(asked)).toEqual({ id: 'long', ...position });
});

test('data files keep Bloom filters of the columns that the settings name, however their case', async () => {
  const world = ingestWorld({ bloomFilters: ['ID', 'not there'] });
  await world.ingest([record(1, '{"id":1,"name":"a"}'), record(2, '{"id":2,"name":"b"}')]);
  const [manifest] = await world.manifests('clicks');
  const { bytes } = world.stores.get('clicks')!.objects.get(manifest!.files[0]!.path)!;
  const [group] = parquetMetadata(new Uint8Array(bytes).buffer).row_groups;
  const filtered = group!.columns
    .map(({ meta_data }) => meta_data!)
    .filter(({ bloom_filter_offset: offset }) => offset !== undefined);
  expect(filtered.map(({ path_in_schema: path }) => path.join('.'))).toEqual(['id']);
});

test('a field with a name that no catalog holds gets no column, and spares its neighbours', async () => {
  const world = ingestWorld();
  const longest = 'x'.repeat(255);
  await world.ingest([
    record(1, `{"id":1,"${longest}":1}`),
    record(2, `{"id":2,"${longest}y":1}`),
    record(3, `{"id":3,"in":{"${'y'.repeat(60_000)}":1}}`),
    record(4, `{"id":4,"in":{"a":1}}`),
  ]);
  expect(await typesOf(world)).toEqual({ id: 'long', [longest]: 'long', in: structOf({ a: 'long' }) });
  expect(
    (await world.rows('dead_letters')).map(({ _position, error, message }) => [_position, error, message]),
  ).toEqual(
    ['2', '3'].map((position) => [
      position,
      'TooLongColumnName',
      'expected new columns with names of at most 255 characters, got a field with a longer one',
    ]),
  );
});

test.each(['freeze', 'deadLetter'])('a table without columns says that evolution: %s adds none', async (evolution) => {
  const world = ingestWorld({ evolution });
  await world.ingest([record(1, '{"a":1}')]);
  expect((await world.rows('dead_letters')).map(({ error, message }) => [error, message])).toEqual([
    [
      'NoColumns',
      `expected the settings to declare the table's schema: it has no columns yet, and evolution: ${evolution} adds none`,
    ],
  ]);
});

test('dead letters that are partitioned by what they say are kept, however much it is', async () => {
  const world = ingestWorld({ schema: [{ name: 'id', type: 'long' }], evolution: 'deadLetter' }, {}, 'test', {
    partitionBy: ['message'],
  });
  await world.ingest([record(1, `{"${'n'.repeat(2_000)}":1}`), record(2, '{"id":"x"}')]);
  const letters = (await world.rows('dead_letters')).map(({ _position, message }) => [_position, String(message)]);
  const start = 'expected a field that has a column, got one for the unknown column ';
  expect(letters).toEqual([
    ['1', `${start}${'n'.repeat(512 - start.length)}`],
    ['2', 'expected long, got string "x"'],
  ]);
});

test('a table that is not made since its first records would pass a limit says which', async () => {
  const world = ingestWorld({ maxColumns: 2, maxDepth: 1 });
  await world.ingest([record(1, '{"a":1,"b":2,"c":3}'), record(2, '{"a":{"b":{"c":1}}}'), record(3, '{"a":null}')]);
  expect((await world.rows('dead_letters')).map(({ _position, error }) => [_position, error])).toEqual([
    ['1', 'TooManyColumns'],
    ['2', 'TooDeepColumn'],
    ['3', 'NoColumns'],
  ]);
  const typed = ingestWorld({ maxColumns: 1 }, { format: 'bytes' });
  await typed.ingest([record(1, 'x')]);
  expect((await typed.rows('dead_letters')).map(({ error, message }) => [error, message])).toEqual([
    ['TooManyColumns', 'expected at most 1 columns in the table (maxColumns), which has 0, got a record with new ones'],
  ]);
});
