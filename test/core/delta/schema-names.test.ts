import { expect, test } from 'vitest';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { withNamesOf } from '#delta/schema-names.ts';

const field = (name: string, type: DataType): StructField => ({ name, type, nullable: true, metadata: {} });
const struct = (...fields: StructField[]): StructType => ({ type: 'struct', fields });
const list = (elementType: DataType): DataType => ({ type: 'array', elementType, containsNull: true });
const map = (valueType: DataType): DataType => ({ type: 'map', keyType: 'string', valueType, valueContainsNull: true });

test('columns take on the names of others, at any depth; their own types and what others lack stay', () => {
  const ours = struct(
    field('city', 'string'),
    field('place', struct(field('zip', 'long'), field('only_ours', 'long'))),
    field('tags', list(struct(field('key', 'string')))),
    field('by', map(struct(field('who', 'string')))),
    field('mine', 'long'),
  );
  const theirs = struct(
    field('City', 'integer'),
    field('PLACE', struct(field('Zip', 'long'))),
    field('tags', list(struct(field('KEY', 'string')))),
    field('by', map(struct(field('Who', 'string')))),
    field('theirs', 'long'),
  );
  expect(withNamesOf(ours, theirs)).toEqual(
    struct(
      field('City', 'string'),
      field('PLACE', struct(field('Zip', 'long'), field('only_ours', 'long'))),
      field('tags', list(struct(field('KEY', 'string')))),
      field('by', map(struct(field('Who', 'string')))),
      field('mine', 'long'),
    ),
  );
});

test('where nothing is called otherwise, the schema is the same one', () => {
  const ours = struct(field('a', 'long'), field('s', struct(field('b', 'long'))));
  expect(withNamesOf(ours, struct(field('s', struct(field('b', 'string'))), field('z', 'long')))).toBe(ours);
});
