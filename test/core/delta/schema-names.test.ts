import { expect, test } from 'vitest';
import { withNamesOf } from '#delta/schema-names.ts';
import { field, listOf, mapOf, struct } from '../../support/schemas.ts';

test('columns take on the names of others, at any depth; their own types and what others lack stay', () => {
  const ours = struct(
    field('city', 'string'),
    field('place', struct(field('zip', 'long'), field('only_ours', 'long'))),
    field('tags', listOf(struct(field('key', 'string')))),
    field('by', mapOf('string', struct(field('who', 'string')))),
    field('mine', 'long'),
  );
  const theirs = struct(
    field('City', 'integer'),
    field('PLACE', struct(field('Zip', 'long'))),
    field('tags', listOf(struct(field('KEY', 'string')))),
    field('by', mapOf('string', struct(field('Who', 'string')))),
    field('theirs', 'long'),
  );
  expect(withNamesOf(ours, theirs)).toEqual(
    struct(
      field('City', 'string'),
      field('PLACE', struct(field('Zip', 'long'), field('only_ours', 'long'))),
      field('tags', listOf(struct(field('KEY', 'string')))),
      field('by', mapOf('string', struct(field('Who', 'string')))),
      field('mine', 'long'),
    ),
  );
});

test('where nothing is called otherwise, the schema is the same one', () => {
  const ours = struct(field('a', 'long'), field('s', struct(field('b', 'long'))));
  expect(withNamesOf(ours, struct(field('s', struct(field('b', 'string'))), field('z', 'long')))).toBe(ours);
});
