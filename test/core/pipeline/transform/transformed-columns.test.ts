import { expect, test } from 'vitest';
import { settings } from '#contract/settings.ts';
import { recordTransforms } from '#pipeline/transform/transform-record.ts';
import { structOf } from '../../../support/schemas.ts';

const columns = structOf({
  id: 'integer',
  'US Gross': 'float',
  meta: structOf({ at: 'timestamp', raw: 'binary' }),
  x: 'date',
});

function transformed(transforms: Record<string, string>, drop: readonly string[] = []): unknown {
  const source = settings.parse({
    sources: { clicks: { kinesis: {}, table: 'clicks', transforms, drop } },
    tables: { clicks: {} },
  }).sources.clicks;
  if (source === undefined) throw new Error('expected the source clicks, got none');
  const of = recordTransforms(source, 'clicks');
  expect(of.columns(columns)).toBe(of.columns(columns));
  return Object.fromEntries(of.columns(columns).fields.map(({ name, type }) => [name, type]));
}

test('fields that are passed on keep their types, what else is made has none yet, what is dropped is gone', () => {
  expect(transformed({ key: 'id', day: 'substr(x, `0`, `4`)', x: 'meta.at' }, ['us_gross', 'meta.raw'])).toEqual({
    ...{ id: 'integer', meta: structOf({ at: 'timestamp' }), x: 'timestamp', key: 'integer' },
  });
});

test('inside of structs, too', () => {
  expect(transformed({ 'meta.id': 'id', 'other.deep.x': 'x', 'none.y': 'length(x)', 'meta.at': '`1`' })).toEqual({
    ...{ id: 'integer', 'US Gross': 'float', x: 'date' },
    ...{ meta: structOf({ raw: 'binary', id: 'integer' }), other: structOf({ deep: structOf({ x: 'date' }) }) },
  });
  expect(transformed({}, ['meta.at', 'meta.raw', 'nothing'])).toEqual({
    id: 'integer',
    'US Gross': 'float',
    x: 'date',
  });
});
