import { expect, test } from 'vitest';
import { expectedExpiryMs, expiringPrefix, hastyExpiries } from '#contract/file-expiry.ts';
import { settings } from '#contract/settings.ts';

const dayMs = 86_400_000;

test("a table's files have its folder as their prefix, a pattern's what stands before its star", () => {
  expect(['clicks', 'events_*', '*_raw', 'a_*_b'].map(expiringPrefix)).toEqual([
    'tables/clicks/',
    'tables/events_',
    'tables/',
    'tables/a_',
  ]);
});

test('a rule of a pattern must not let go of files that are to live longer', () => {
  expect(
    hastyExpiries({
      'events_*': { expireAfterMs: 30 * dayMs },
      events_audit: { expireAfterMs: 90 * dayMs },
      events_brief: { expireAfterMs: 7 * dayMs },
      events_lasting: {},
      'events_x_*': { expireAfterMs: 31 * dayMs },
      other: { expireAfterMs: 90 * dayMs },
    }),
  ).toEqual([
    ['events_audit', 'events_*'],
    ['events_x_*', 'events_*'],
  ]);
});

test('settings name the table and the pattern', () => {
  const { error } = settings.safeParse({
    sources: { events: { kinesis: {}, route: { table: 'events_{type}', by: { type: 'type' } } } },
    tables: { 'events_*': { expireAfter: '30d' }, events_audit: { expireAfter: '90d' } },
  });
  expect(error?.issues).toMatchObject([
    {
      path: ['tables', 'events_audit', 'expireAfter'],
      message: expect.stringContaining('expected no longer than tables.events_* has'),
    },
  ]);
});

test('files are expected to go by the table’s own rule, or by that of a pattern that it was made under', () => {
  const tables = {
    'events_*': { expireAfterMs: 30 * dayMs },
    'events_x_*': { expireAfterMs: 7 * dayMs },
    events_x_audit: {},
    events_brief: { expireAfterMs: dayMs },
    other: {},
  };
  expect(expectedExpiryMs({ '*': { expireAfterMs: dayMs }, dead_letters: {} }, 'dead_letters')).toBeUndefined();
  const daysOf = (table: string) => (expectedExpiryMs(tables, table) ?? Number.NaN) / dayMs;
  expect(['events_order', 'events_x_a', 'events_x_audit', 'events_brief', 'other'].map(daysOf)).toEqual([
    30,
    7,
    7,
    1,
    Number.NaN,
  ]);
});
