import { describe, expect, test } from 'vitest';
import { type DataType, parseSchema, serializeSchema } from '#delta/schema.ts';
import { addColumns, addWhatFits } from '#delta/schema-growth.ts';
import { field, listOf, mapOf, struct } from '../../support/schemas.ts';

test('a schema comes back from its text, unknown metadata included', () => {
  const schema = struct(
    field('Id', 'long', { nullable: false, metadata: { 'x.y': [1, { z: null }] } }),
    field('a', { type: 'array', elementType: struct(field('b', 'decimal(10,2)')), containsNull: false }),
    field('m', mapOf('string', 'date')),
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
    widened: [],
    schema: struct(
      field('id', 'long', { nullable: false, metadata: { note: 1 } }),
      field('at', struct(field('x', 'double'), field('z', 'long'))),
      field('New', struct(field('y', 'string'))),
    ),
  });
});

test('structs in lists grow too', () => {
  expect(
    addColumns(
      struct(field('l', listOf(struct(field('a', 'long'))))),
      struct(field('l', listOf(struct(field('b', 'long'))))),
    ),
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

describe('widening', () => {
  const changes = (...list: object[]) => ({ metadata: { 'delta.typeChanges': list } });

  test('what may be wider is, and says what it was before', () => {
    const existing = struct(
      field('a', 'integer', changes({ fromType: 'short', toType: 'integer' })),
      field('s', struct(field('f', 'float'))),
      field('l', listOf(listOf('byte'))),
      field('m', mapOf('integer', 'date')),
      field('d', 'decimal(5,2)'),
    );
    const wanted = struct(
      field('A', 'long'),
      field('s', struct(field('f', 'double'))),
      field('l', listOf(listOf('short'))),
      field('m', mapOf('long', 'timestamp_ntz')),
      field('d', 'decimal(8,3)'),
    );
    const long = [
      { fromType: 'short', toType: 'integer' },
      { fromType: 'integer', toType: 'long' },
    ];
    const change = (fromType: string, toType: string, fieldPath?: string) => ({
      fromType,
      toType,
      ...(fieldPath === undefined ? {} : { fieldPath }),
    });
    expect(addColumns(existing, wanted, 'automatic')).toEqual({
      kind: 'grown',
      added: [],
      widened: [
        { path: 'a', from: 'integer', to: 'long' },
        { path: 's.f', from: 'float', to: 'double' },
        { path: 'l.element.element', from: 'byte', to: 'short' },
        { path: 'm.key', from: 'integer', to: 'long' },
        { path: 'm.value', from: 'date', to: 'timestamp_ntz' },
        { path: 'd', from: 'decimal(5,2)', to: 'decimal(8,3)' },
      ],
      schema: struct(
        field('a', 'long', changes(...long)),
        field('s', struct(field('f', 'double', changes(change('float', 'double'))))),
        field('l', listOf(listOf('short')), changes(change('byte', 'short', 'element.element'))),
        field('m', mapOf('long', 'timestamp_ntz'), {
          ...changes(change('integer', 'long', 'key'), change('date', 'timestamp_ntz', 'value')),
        }),
        field('d', 'decimal(8,3)', changes(change('decimal(5,2)', 'decimal(8,3)'))),
      ),
    });
    expect(addColumns(existing, wanted).kind).toBe('conflict');
    expect(addColumns(existing, wanted, 'read').kind).toBe('conflict');
  });

  test('an integer becomes no double by itself, but where somebody says so', () => {
    const [from, to] = [struct(field('a', 'integer')), struct(field('a', 'double'))];
    expect(addColumns(from, to, 'automatic').kind).toBe('conflict');
    expect(addColumns(from, to, 'any')).toMatchObject({ kind: 'grown', widened: [{ path: 'a' }] });
  });

  test('what is wider already takes the narrower', () => {
    const [wide, narrow] = [struct(field('a', 'long')), struct(field('a', 'short'))];
    expect(addColumns(wide, narrow, 'read')).toEqual({ kind: 'same' });
    expect(addColumns(wide, narrow).kind).toBe('conflict');
  });

  test('beside what conflicts, the others are taken', () => {
    const existing = struct(field('a', 'string'), field('b', 'integer'));
    const wanted = struct(field('a', 'long'), field('b', 'long'), field('c', 'date'));
    expect(addWhatFits(existing, wanted, 'automatic').fields.map(({ name, type }) => [name, type])).toEqual([
      ['a', 'string'],
      ['b', 'long'],
      ['c', 'date'],
    ]);
    expect(addWhatFits(existing, existing, 'automatic')).toBe(existing);
  });
});
