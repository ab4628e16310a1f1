import { expect, test } from 'vitest';
import { withBundles } from '#pipeline/ledger/bundles.ts';
import { lakeWorld } from '../../../support/capability.ts';
import { counted, record, routedWorld } from '../../../support/ingest.ts';

const header = (name: string, value: string) => ({ name, value: new TextEncoder().encode(value) });
const typed = (position: number, type: unknown, more: object = {}) =>
  record(position, JSON.stringify({ type, id: position, ...more }));

test('one transaction takes the records of many types to a table each', async () => {
  const world = routedWorld({ 'events_*': {} }, { route: { table: 'events_{type}', by: { type: 'type' } } });
  let transactions = 0;
  const ledger = {
    ...world.ledger,
    stage: (...staged: Parameters<typeof world.ledger.stage>) => {
      transactions++;
      return world.ledger.stage(...staged);
    },
  };
  await world.ingest([typed(1, 'order'), typed(2, 'Payment'), typed(3, 'order', { sum: 5 })], ledger);
  expect(transactions).toBe(1);
  expect(await world.rows('events_order')).toEqual([
    { type: 'order', id: 1n, sum: null },
    { type: 'order', id: 3n, sum: 5n },
  ]);
  expect(await world.rows('events_payment')).toEqual([{ type: 'Payment', id: 2n }]);
  expect(world.ledger.items.cursors.get('clicks/0')?.position).toBe('3');
});

test.each([
  { by: { name: 'meta.kind' }, expected: ['events_click', 'events_view'] },
  { by: { name: "join('-', [meta.kind, type])" }, expected: ['events_click-a', 'events_view-b'] },
  { by: { name: 'kafka.headers.kind' }, expected: ['events_heads', 'events_tails'] },
  { by: { name: 'kafka.key' }, expected: ['events_k1', 'events_k2'] },
  { by: { name: 'kafka.topic' }, expected: ['events_clicks', 'events_clicks'] },
  { by: { name: 'flag' }, expected: ['events_true', 'events_false'] },
])('routes by $by.name', async ({ by, expected }) => {
  const world = routedWorld({ 'events_*': {} }, { route: { table: 'events_{name}', by } });
  const bytes = (text: string) => new TextEncoder().encode(text);
  await world.ingest([
    { ...typed(1, 'a', { meta: { kind: 'click' }, flag: true }), key: bytes('k1'), headers: [header('kind', 'heads')] },
    { ...typed(2, 'b', { meta: { kind: 'view' }, flag: false }), key: bytes('k2'), headers: [header('kind', 'tails')] },
  ]);
  const found = await Promise.all(
    [...new Set(expected)].map(async (table) => (await world.rows(table)).map(({ id }) => [Number(id), table])),
  );
  expect(Object.fromEntries(found.flat())).toEqual({ 1: expected[0], 2: expected[1] });
});

test('what rules include and exclude: others are dropped, and counted in a manifest', async () => {
  const world = routedWorld(
    { 'events_*': {} },
    {
      route: {
        table: 'events_{type}',
        by: { type: 'type', level: 'level' },
        include: { type: '^(order|payment)$' },
        exclude: { level: 'debug' },
      },
    },
  );
  await world.ingest([
    typed(1, 'order', { level: 'info' }),
    typed(2, 'orders', { level: 'info' }),
    typed(3, 'payment', { level: 'debug' }),
    typed(4, 'payment', { level: 'info' }),
  ]);
  expect(await world.rows('events_order')).toMatchObject([{ id: 1n }]);
  expect(await world.rows('events_payment')).toMatchObject([{ id: 4n }]);
  expect(counted(world, 'RecordsDropped')).toBe(2);
  const manifests = [...(await world.manifests('events_order')), ...(await world.manifests('events_payment'))];
  expect(manifests.flatMap(({ ranges }) => ranges.map(({ dropped }) => dropped ?? 0)).sort()).toEqual([0, 2]);
});

test.each([
  [
    'no-such-type',
    'UnknownTable',
    'expected the settings to have table other_no-such-type, or a pattern for it, they have neither',
  ],
  ['Ünsafe', 'UnsafeTableName', 'beginning with a letter, other than dead_letters, got "other_Ünsafe"'],
  [null, 'RouteFailed', 'expected type to give {type} a text, a number or a boolean, got nothing'],
  [
    { a: 1 },
    'RouteFailed',
    'expected type to give {type} a text, a number or a boolean, got a value with parts, bytes or a time',
  ],
  ['x'.repeat(60), 'UnsafeTableName', "expected the route to give a table's name of at most 63"],
])('a record of type %s becomes a dead letter, %s, and spares its neighbours', async (type, error, message) => {
  const world = routedWorld({ other_a: {} }, { route: { table: 'other_{type}', by: { type: 'type' } } });
  await world.ingest([typed(1, 'a'), typed(2, type), typed(3, 'a')]);
  expect(await world.rows('other_a')).toMatchObject([{ id: 1n }, { id: 3n }]);
  const [letter, ...others] = await world.rows('dead_letters');
  expect(letter).toMatchObject({ _position: '2', table: 'other_{type}', error });
  expect(letter?.message).toContain(message);
  expect(others).toEqual([]);
});

test("no route reaches the dead letters' own table, nor does a payload that cannot be read", async () => {
  const world = routedWorld({ '*': {} }, { route: { table: '{type}', by: { type: 'type' } } });
  await world.ingest([typed(1, 'dead_letters'), record(2, '{"type":'), typed(3, 'fine')]);
  expect(await world.rows('fine')).toMatchObject([{ id: 3n }]);
  expect((await world.rows('dead_letters')).map(({ _position, error }) => [_position, error])).toEqual([
    ['1', 'UnsafeTableName'],
    ['2', 'InvalidJson'],
  ]);
});

test('a route does not lead to a table that another source gives every record of the topic', async () => {
  const world = await lakeWorld(`
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  archive: { kafka: { cluster: broker, topic: events }, table: raw }
  typed: { kafka: { cluster: broker, topic: events }, route: { table: '{type}', by: { type: type } } }
tables: { '*': {} , raw: {} }
`);
  const records = ['order', 'RAW'].map((type) => ({ value: { type } }));
  await world.push('archive', records);
  await world.push('typed', records);
  await world.commit();
  expect(await world.rows('raw')).toHaveLength(2);
  expect(await world.rows('order')).toHaveLength(1);
  expect(await world.deadLetters()).toMatchObject([{ _source: 'typed', error: 'TableOfOther', table: '{type}' }]);
  expect((await world.deadLetters())[0]?.message).toContain('got raw, which has each of them by source archive');
});

test('the most exact settings hold for a table: its name, then the longest pattern', async () => {
  const world = routedWorld(
    { events_order: { partitionBy: ['id'] }, 'events_*': {}, 'events_p*': { partitionBy: ['type'] } },
    { route: { table: 'events_{type}', by: { type: 'type' } } },
  );
  await world.ingest([typed(1, 'order'), typed(2, 'page'), typed(3, 'view')]);
  const partitionsOf = async (table: string) => (await world.ledger.tableNamed(table))?.partitionColumns;
  expect(await partitionsOf('events_order')).toEqual(['id']);
  expect(await partitionsOf('events_page')).toEqual(['type']);
  expect(await partitionsOf('events_view')).toEqual([]);
});

test('a table that is behind refuses the batch, and is named', async () => {
  const world = routedWorld(
    { 'events_*': { maxStagedManifests: 100 } },
    { route: { table: 'events_{type}', by: { type: 'type' } } },
  );
  await world.ingest([typed(1, 'a'), typed(2, 'b')]);
  const { tableId } = (await world.ledger.tableNamed('events_b'))!;
  await world.ledger.publishBacklog(tableId, { stagedBytes: 1, stagedManifests: 101, publishedMs: 1 });
  await expect(world.ingest([typed(3, 'a'), typed(4, 'b')])).rejects.toThrow('table events_b: expected at most');
  await world.ingest([typed(3, 'a')]);
  expect(await world.rows('events_a')).toMatchObject([{ id: 1n }, { id: 3n }]);
});

test('tombstones follow the policy once their route is told', async () => {
  const route = { table: 'events_{kind}', by: { kind: 'kafka.headers.kind' }, exclude: { kind: 'noise' } };
  const world = routedWorld({ 'events_*': {} }, { route, tombstones: 'deadLetter' });
  await world.ingest([
    record(1, '{"a":1}', { headers: [header('kind', 'a')] }),
    record(2, null, { headers: [header('kind', 'a')] }),
    record(3, null, { headers: [header('kind', 'noise')] }),
  ]);
  expect(await world.rows('dead_letters')).toMatchObject([{ _position: '2', table: 'events_a', error: 'Tombstone' }]);
  expect(counted(world, 'RecordsDropped')).toBe(1);
});

test('no more tables than the route may make: records beyond are dead letters, those named in the settings are not counted', async () => {
  const route = { table: 'events_{type}', by: { type: 'type' }, maxNewTables: 2 };
  const world = routedWorld({ events_named: {}, 'events_*': {} }, { route });
  await world.ingest(['a', 'named', 'b', 'c', 'a', 'c'].map((type, position) => typed(position, type)));
  await world.ingest([typed(10, 'a'), typed(11, 'd'), typed(12, 'b')]);
  const tables = [...world.ledger.items.tables.values()].map(({ tableName }) => tableName).sort();
  expect(tables).toEqual(['dead_letters', 'events_a', 'events_b', 'events_named']);
  expect(await world.rows('events_a')).toMatchObject([{ id: 0n }, { id: 4n }, { id: 10n }]);
  expect(
    (await world.rows('dead_letters')).map(({ _position, table, error, message }) => [
      _position,
      table,
      error,
      message,
    ]),
  ).toEqual(
    [
      ['3', 'c'],
      ['5', 'c'],
      ['11', 'd'],
    ].map(([position, type]) => [
      position,
      'events_{type}',
      'TooManyTables',
      `expected at most 2 tables to be made by the route of source clicks (maxNewTables), got events_${type} beyond them`,
    ]),
  );
});

test('a batch for more tables than a transaction has items is one transaction all the same', async () => {
  const route = { table: 'events_{type}', by: { type: 'type' }, maxNewTables: 300 };
  const world = routedWorld({ 'events_*': {} }, { route });
  let staged = 0;
  const ledger = withBundles(
    {
      ...world.ledger.store,
      stage: (transaction) => {
        staged++;
        return world.ledger.store.stage(transaction);
      },
      stageBundle: (...bundle) => {
        staged++;
        return world.ledger.store.stageBundle(...bundle);
      },
    },
    () => 'bundle',
  );
  const records = Array.from({ length: 400 }, (_, id) => typed(id, `t${id % 200}`));
  await world.ingest(records, ledger);
  expect(staged).toBe(1);
  expect(world.ledger.items.manifests.size).toBe(200);
  expect(world.ledger.items.bundles.size).toBe(0);
  expect(await world.rows('events_t7')).toMatchObject([{ id: 7n }, { id: 207n }]);
  expect(counted(world, 'RowsStaged')).toBe(400);
  await world.ingest([typed(400, 't7')]);
  const ordinals = (await world.manifests('events_t7')).map(({ ranges }) => ranges[0]?.ordinal);
  expect(ordinals).toEqual([1, 2]);
});
