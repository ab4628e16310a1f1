import { expect, test } from 'vitest';
import { tableKeysOf } from '#contract/route-template.ts';
import { settings } from '#contract/settings.ts';
import { mayMeet, settingsOfTable, tableKeyOf } from '#contract/table-names.ts';

const route = { table: 'events_{type}', by: { type: 'type' } };
const parse = (source: object, tables: object = { 'events_*': {}, clicks: {} }) =>
  settings.safeParse({ sources: { web: { kinesis: {}, ...source } }, tables });

const topic = (cluster = 'a', named = 'events') => ({ kafka: { cluster, topic: named } });
const clusters = {
  a: { kind: 'selfManaged', bootstrapServers: ['one:9092', 'two:9092'] },
  alias: { kind: 'selfManaged', bootstrapServers: ['two:9092', 'one:9092'] },
  b: { kind: 'selfManaged', bootstrapServers: ['three:9092'] },
};
const other = { table: 'events_{kind}', by: { kind: 'type' } };
const only = (type: string) => ({ ...route, include: { type } });

test.each<[string, object, object, boolean]>([
  ['the same table', { ...topic(), table: 'clicks' }, { ...topic(), table: 'clicks' }, true],
  [
    'the same table by another name of the cluster',
    { ...topic(), table: 'clicks' },
    { ...topic('alias'), table: 'clicks' },
    true,
  ],
  ['the same table of another cluster', { ...topic(), table: 'clicks' }, { ...topic('b'), table: 'clicks' }, false],
  [
    'the same table of another topic',
    { ...topic(), table: 'clicks' },
    { ...topic('a', 'more'), table: 'clicks' },
    false,
  ],
  ['another table', { ...topic(), table: 'clicks' }, { ...topic(), table: 'events_x' }, false],
  ['the same route', { ...topic(), route }, { ...topic(), route: { ...route, maxNewTables: 3 } }, true],
  ['the same route with other placeholders', { ...topic(), route }, { ...topic(), route: other }, true],
  ['the same route for some records', { ...topic(), route }, { ...topic(), route: only('^order$') }, true],
  [
    'the same route for the same records',
    { ...topic(), route: only('^order$') },
    { ...topic(), route: only('^order$') },
    true,
  ],
  ['the same route for others', { ...topic(), route: only('^click$') }, { ...topic(), route: only('^order$') }, false],
  ['a route by another field', { ...topic(), route }, { ...topic(), route: { ...route, by: { type: 'kind' } } }, false],
  ['a route that may lead there', { ...topic(), table: 'events_x' }, { ...topic(), route }, false],
])('two sources of one topic: %s', (_, first, second, isRefused) => {
  const tables = { 'events_*': {}, events_x: {}, clicks: {} };
  const parsed = settings.safeParse({ clusters, sources: { first, second }, tables });
  const messages = parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  expect(messages).toEqual(
    isRefused
      ? [
          'sources.second: expected another origin or another table than sources.first has: each record would become two rows; got the same',
        ]
      : [],
  );
});

test('a route with its defaults', () => {
  const parsed = parse({ route }).data?.sources.web;
  expect(parsed?.table).toBeUndefined();
  expect(parsed?.route).toEqual({ ...route, include: {}, exclude: {}, maxNewTables: 100 });
});

test.each([
  [{}, '', 'expected exactly one of table and route; got neither'],
  [{ table: 'clicks', route }, '', 'expected exactly one of table and route; got both'],
  [{ route: { ...route, table: 'Events_{type}' } }, 'route.table', 'expected lower-case letters'],
  [{ route: { ...route, table: 'events/{type}' } }, 'route.table', 'got "events/{type}"'],
  [{ route: { ...route, table: '_{type}' } }, 'route.table', 'beginning with a letter'],
  [{ route: { ...route, table: 'events_{kind}' } }, 'route.table', 'got {kind}, which is not there'],
  [
    { route: { ...route, by: { type: 'type', more: 'more' } } },
    'route.by.more',
    'expected it in table, include or exclude',
  ],
  [{ route: { ...route, by: { type: 'type[' } } }, 'route.by.type', 'expected an expression of JMESPath'],
  [{ route: { ...route, by: { type: 'kafka.topic' } } }, 'route.by.type', 'expected metadata that this source'],
  [{ route: { ...route, by: { type: 'ingest.table' } } }, 'route.by.type', 'which the route is to tell'],
  [{ route: { ...route, include: { type: '(' } } }, 'route.include.type', 'expected a regular expression'],
  [
    { route: { ...route, exclude: { kind: 'a' } } },
    'route.exclude.kind',
    'expected a placeholder that is under by; got "kind"',
  ],
  [{ route: { ...route, table: 'orders_{type}' } }, 'route.table', 'that it may come to; got "orders_{type}"'],
  [{ table: 'events_x' }, 'table', 'expected a table named under tables; got "events_x"'],
])('%j is refused', (source, path, message) => {
  const issue = parse(source).error?.issues.find((each) => each.message.includes(message));
  expect(issue?.path.join('.')).toBe(path === '' ? 'sources.web' : `sources.web.${path}`);
});

test.each(['events_**', 'a*b*c', 'Events_*', '_*', '', 'x'.repeat(64)])('no table is named %j', (key) => {
  expect(parse({ table: 'clicks' }, { clicks: {}, [key]: {} }).success).toBe(false);
});

test('a table has the settings of its name, else of the longest pattern for it', () => {
  const tables = { events_order: 1, 'events_*': 2, 'events_o*': 3, '*_order': 4, dead_letters: 5 };
  const found = ['events_order', 'events_other', 'events_view', 'web_order', 'events_', 'orders', 'constructor'];
  expect(found.map((name) => settingsOfTable(tables, name))).toEqual([1, 3, 2, 4, 2, undefined, undefined]);
  expect(tableKeyOf({ 'a*': 1, '*a': 2 }, 'aa')).toBe('a*');
});

test('tables that a route may come to', () => {
  const tables = { events_order: 1, 'events_*': 2, orders: 3, '*_order': 4, event: 5 };
  expect(tableKeysOf({ route: { ...route, include: {}, exclude: {}, maxNewTables: 1 } }, tables)).toEqual([
    'events_order',
    'events_*',
    '*_order',
  ]);
  expect(tableKeysOf({ table: 'orders' }, tables)).toEqual(['orders']);
});

test.each([
  ['a*', '*b', true],
  ['a*', 'b*', false],
  ['*', '', true],
  ['abc', 'a*c', true],
  ['ac', 'a*bc', false],
  ['a*b*', '*ba', true],
])('%s and %s have a text in common: %s', (left, right, expected) => {
  expect(mayMeet(left, right)).toBe(expected);
  expect(mayMeet(right, left)).toBe(expected);
});
