import { describe, expect, test } from 'vitest';
import { planCreate } from '#delta/append.ts';
import { properties, propertyOf, type TableProperty, validPropertyOf } from '#delta/properties.ts';
import { parseColumnList } from '#delta/property-columns.ts';

const hour = 3_600_000;

const read: [property: TableProperty<unknown>, text: string, value: unknown][] = [
  [properties.appendOnly, 'true', true],
  [properties.appendOnly, ' FALSE ', false],
  [properties.isolationLevel, 'writeserializable', 'WriteSerializable'],
  [properties.checkpointInterval, '25', 25],
  [properties.checkpointPolicy, 'v2', 'v2'],
  [properties.logRetentionMs, 'interval 2 days', 48 * hour],
  [properties.deletedFileRetentionMs, '36 hours', 36 * hour],
  [properties.targetFileBytes, '104857600', 104_857_600],
  [properties.targetFileBytes, '64mb', 64 * 2 ** 20],
  [properties.targetFileBytes, '2 G', 2 ** 31],
  [properties.targetFileBytes, '10b', 10],
  [properties.indexedLeaves, '-1', -1],
  [properties.statsColumns, 'a, b.c', [['a'], ['b', 'c']]],
];

test.each(read)('$key', (property, text, value) => {
  const metaData = { configuration: { [property.key]: text } };
  expect([propertyOf(metaData, property), validPropertyOf(metaData, property)]).toEqual([value, value]);
});

const nonsense: [property: TableProperty<unknown>, text: string][] = [
  [properties.appendOnly, '1'],
  [properties.isolationLevel, 'ReadCommitted'],
  [properties.checkpointInterval, '0'],
  [properties.checkpointInterval, '1e3'],
  [properties.logRetentionMs, '2 fortnights'],
  [properties.targetFileBytes, '0'],
  [properties.targetFileBytes, '12 megs'],
  [properties.indexedLeaves, '-2'],
  [properties.statsColumns, 'a,'],
];

describe('what no value is', () => {
  test.each(nonsense)('$key is refused, and where it may be counts as not set', (property, text) => {
    const metaData = { configuration: { [property.key]: text } };
    expect(() => propertyOf(metaData, property)).toThrow(`got "${text}"`);
    expect(() => propertyOf(metaData, property)).toThrow(expect.objectContaining({ name: 'InvalidProperty' }));
    expect(validPropertyOf(metaData, property)).toBe(property.ifAbsent);
  });

  test('makes no table', () => {
    const plan = { id: 't', partitionColumns: [], files: [], txns: [], txnId: 'x', nowMs: 0, engineInfo: 'test' };
    const create = (configuration: Record<string, string>) =>
      planCreate({ ...plan, schema: { type: 'struct', fields: [] }, configuration });
    expect(() => create({ 'delta.appendOnly': 'yes' })).toThrow('delta.appendOnly: expected true or false, got "yes"');
    expect(create({ 'delta.appendOnly': 'true', 'delta.unknown': 'yes' })).toHaveLength(3);
  });
});

test.each([
  ['id', [['id']]],
  ['a.b.c,d', [['a', 'b', 'c'], ['d']]],
  [' a . b , c ', [['a', 'b'], ['c']]],
  ['`a,b`.`c.d`, two words', [['a,b', 'c.d'], ['two words']]],
  ['`a``b`', [['a`b']]],
  ['', undefined],
  ['a,,b', undefined],
  ['a.', undefined],
  ['`a', undefined],
  ['`a`b', undefined],
])('columns of %j', (text, paths) => {
  expect(parseColumnList(text)).toEqual(paths);
});
