import { expect, test } from 'vitest';
import { type DataType, parseSchema, type StructField, type StructType, serializeSchema } from '#delta/schema.ts';
import { addColumns } from '#delta/schema-growth.ts';

const field = (name: string, type: DataType, rest: Partial<StructField> = {}): StructField => ({
  name,
  type,
  nullable: true,
  metadata: {},
  ...rest,
});
const struct = (...fields: StructField[]): StructType => ({ type: 'struct', fields });

test('a schema comes back from its text, unknown metadata included', () => {
  const schema = struct(
    field('Id', 'long', { nullable: false, metadata: { 'x.y': [1, { z: null }] } }),
    field('a', { type: 'array', elementType: struct(field('b', 'decimal(10,2)')), containsNull: false }),
    field('m', { type: 'map', keyType: 'string', valueType: 'date', valueContainsNull: true }),
  );
  expect(parseSchema(serializeSchema(schema))).toEqual(schema);
});

test('what is no schema is an error', () => {
  expect(() => parseSchema('"long"')).toThrow('expected a struct type, got "long"');
  expect(() => parseSchema('{')).toThrow('schemaString: expected JSON');
  expect(() => parseSchema('{"type":"struct","fields":[{"name":"a","type":{"type":"set"}}]}')).toThrow(
    'schemaString.a: expected a type, got {"type":"set"}',
  );
});

test('columns that are there add nothing, whatever their case', () => {
  expect(addColumns(struct(field('Id', 'long')), struct(field('id', 'long')))).toEqual({ kind: 'same' });
});

test('new columns come last, nullable all the way down; what was there stays as it was', () => {
  const existing = struct(
    field('id', 'long', { nullable: false, metadata: { note: 1 } }),
    field('at', struct(field('x', 'double'))),
  );
  const wanted = struct(
    field('New', struct(field('y', 'string', { nullable: false })), { nullable: false }),
    field('AT', struct(field('z', 'long', { nullable: false }), field('X', 'double'))),
  );
  expect(addColumns(existing, wanted)).toEqual({
    kind: 'grown',
    added: ['New', 'at.z'],
    schema: struct(
      field('id', 'long', { nullable: false, metadata: { note: 1 } }),
      field('at', struct(field('x', 'double'), field('z', 'long'))),
      field('New', struct(field('y', 'string'))),
    ),
  });
});

test('structs in lists grow too', () => {
  const listOf = (...fields: StructField[]): DataType => ({
    type: 'array',
    elementType: struct(...fields),
    containsNull: true,
  });
  expect(
    addColumns(struct(field('l', listOf(field('a', 'long')))), struct(field('l', listOf(field('b', 'long'))))),
  ).toMatchObject({ kind: 'grown', added: ['l.element.b'] });
});

test.each<[string, DataType, DataType]>([
  ['another primitive', 'long', 'string'],
  ['a wider number', 'integer', 'long'],
  ['another decimal', 'decimal(10,2)', 'decimal(12,2)'],
  ['a struct for a primitive', 'string', struct(field('a', 'long'))],
])('%s is a conflict that names both types', (_what, existing, wanted) => {
  expect(
    addColumns(struct(field('s', struct(field('C', existing)))), struct(field('s', struct(field('c', wanted))))),
  ).toEqual({ kind: 'conflict', path: 's.C', existing, wanted });
});
