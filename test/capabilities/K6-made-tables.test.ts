import { expect, test } from 'vitest';
import { parseSchema } from '#delta/schema.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources:
  shop: { kinesis: { shards: 1 }, route: { table: 'events_{type}', by: { type: type }, maxNewTables: 2 } }
tables: { 'events_*': {} }
`;

test('K6 a table is made at the first record of a type, its columns by the whole batch, each nullable', async () => {
  const world = await lakeWorld(settings);
  await world.push('shop', [
    { value: { type: 'order', id: 1, note: null, tags: [] } },
    { value: { type: 'order', id: 2, note: 'late', tags: ['a'] } },
  ]);
  await world.push('shop', [{ value: { type: 'order', id: 3, sum: 2.5 } }, { value: { type: 'visit', page: '/' } }]);
  await world.commit();
  expect(await world.rows('events_order')).toEqual([
    { type: 'order', id: 1, note: null, tags: [], sum: null },
    { type: 'order', id: 2, note: 'late', tags: ['a'], sum: null },
    { type: 'order', id: 3, note: null, tags: null, sum: 2.5 },
  ]);
  expect(await world.rows('events_visit')).toEqual([{ type: 'visit', page: '/' }]);
  const [order] = (await world.tables()).filter(({ tableName }) => tableName === 'events_order');
  expect(parseSchema(order!.schemaString).fields.map(({ name, type, nullable }) => [name, type, nullable])).toEqual([
    ['type', 'string', true],
    ['id', 'long', true],
    ['note', 'string', true],
    ['tags', { type: 'array', elementType: 'string', containsNull: true }, true],
    ['sum', 'double', true],
  ]);
});

test('K6 null, [] and {} decide nothing: the column waits for a value, in whichever batch it comes', async () => {
  const world = await lakeWorld(settings);
  await world.push('shop', [{ value: { type: 'order', id: 1, note: null, tags: [], place: {} } }]);
  await world.commit();
  expect(await world.rows('events_order')).toEqual([{ type: 'order', id: 1 }]);
  await world.push('shop', [{ value: { type: 'order', id: 2, note: 7, tags: [0.5], place: { city: 'Oslo' } } }]);
  await world.commit();
  expect(await world.rows('events_order')).toEqual([
    { type: 'order', id: 1, note: null, tags: null, place: null },
    { type: 'order', id: 2, note: 7, tags: [0.5], place: { city: 'Oslo' } },
  ]);
  expect(await world.deadLetters()).toEqual([]);
});

test('K6 no more tables are made than the route may make: records beyond are dead letters', async () => {
  const world = await lakeWorld(settings);
  await world.push(
    'shop',
    ['a', 'b', 'c', 'a'].map((type, id) => ({ value: { type, id } })),
  );
  await world.commit();
  expect((await world.rows('events_a')).map(({ id }) => id)).toEqual([0, 3]);
  expect(await world.deadLetters()).toMatchObject([{ _position: '2', error: 'TooManyTables', table: 'events_{type}' }]);
});
