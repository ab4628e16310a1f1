import { expect, test } from 'vitest';
import type { StructField } from '#delta/schema.ts';
import { mayHoldOldTimes } from '#pipeline/optimize/legacy-calendar.ts';
import { field, listOf, struct } from '../../../support/schemas.ts';

const stats = (minValues: object, nullCount: object = {}) => JSON.stringify({ numRecords: 3, minValues, nullCount });
const day = [field('day', 'date')];
const at = [field('at', 'timestamp')];

test.each<[string, StructField[], string | undefined, boolean]>([
  ['no dates at all', [field('id', 'long'), field('local', 'timestamp_ntz')], undefined, false],
  ['late dates', day, stats({ day: '1582-10-15' }), false],
  ['old dates', day, stats({ day: '1582-10-14' }), true],
  ['dates of which nothing is said', day, stats({}), true],
  ['dates that are all null', day, stats({}, { day: 3 }), false],
  ['no statistics', day, undefined, true],
  ['statistics that are none', day, 'no JSON', true],
  ['late timestamps', at, stats({ at: '1900-01-01T00:00:00.000Z' }), false],
  ['timestamps from before zones were what they are', at, stats({ at: '1899-12-31T23:59:59.999Z' }), true],
  ['years that texts do not hold', at, stats({ at: '-0044-03-15T00:00:00.000Z' }), true],
  ['late dates in a struct', [field('s', struct(...day))], stats({ s: { day: '2000-01-01' } }), false],
  ['old dates in a struct', [field('s', struct(...day))], stats({ s: { day: '1000-01-01' } }), true],
  ['dates in a list, which have no statistics', [field('l', listOf('date'))], stats({}), true],
  ['a list of something else', [field('l', listOf('string'))], stats({}), false],
])('%s', (_, fields, text, expected) => {
  expect(mayHoldOldTimes(text, fields)).toBe(expected);
});
