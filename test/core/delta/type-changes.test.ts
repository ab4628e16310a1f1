import { expect, test } from 'vitest';
import { assertKnownTypeChanges, widens } from '#delta/type-changes.ts';

test.each([
  ['byte', 'short', true],
  ['byte', 'double', true],
  ['integer', 'long', true],
  ['long', 'double', false],
  ['long', 'integer', false],
  ['float', 'double', true],
  ['date', 'timestamp_ntz', true],
  ['date', 'timestamp', false],
  ['integer', 'decimal(10,0)', true],
  ['integer', 'decimal(10,1)', false],
  ['long', 'decimal(22,2)', true],
  ['long', 'decimal(19,0)', false],
  ['decimal(5,2)', 'decimal(8,4)', true],
  ['decimal(5,2)', 'decimal(8,1)', false],
  ['decimal(5,2)', 'decimal(6,4)', false],
  ['string', 'decimal(38,0)', false],
])('%s to %s: %s', (from, to, expected) => {
  expect(widens(from, to)).toBe(expected);
});

test('a nested field that changed otherwise is named', () => {
  const metadata = { 'delta.typeChanges': [{ fromType: 'long', toType: 'string', fieldPath: 'element' }] };
  const inner = { name: 'list', type: 'string', nullable: true, metadata };
  const schema = {
    type: 'struct' as const,
    fields: [{ name: 'outer', nullable: true, metadata: {}, type: { type: 'struct' as const, fields: [inner] } }],
  };
  expect(() => assertKnownTypeChanges(schema)).toThrow(
    'outer.list: expected a type change that widens, got long to string',
  );
});
