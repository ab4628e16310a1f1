import { describe, expect, test } from 'vitest';
import { DecodedDate, DecodedInstant } from '#formats/decoded-time.ts';
import {
  DecodedList,
  DecodedMap,
  DecodedRecord,
  type DecodedValue,
  jsonOf,
  NumberToken,
} from '#formats/decoded-value.ts';
import { ExpressionReader, recordExpression } from '#pipeline/transform/record-expressions.ts';
import { record } from '../../../support/ingest.ts';

const at = DecodedInstant.ofNanos(1_626_823_098_519_950_001n);
const days = new DecodedMap([['one', 1n]]);
const fields = {
  at,
  local: new DecodedInstant(1_626_823_098_000_000n, true),
  day: new DecodedDate(18_828),
  bytes: Uint8Array.of(1, 2, 255),
  none: new Uint8Array(),
  big: 2n ** 80n,
  half: 0.5,
  nan: Number.NaN,
  minusZero: -0,
  price: new NumberToken('1.10'),
  map: days,
  list: new DecodedList([at, new DecodedDate(0)]),
} satisfies Record<string, DecodedValue>;
const payload = new DecodedRecord(Object.keys(fields), Object.values(fields));
const reader = new ExpressionReader();

function resultOf(expression: string): DecodedValue {
  const context = { table: 'clicks', topic: 'clicks', nowMs: 0 };
  const values = reader.read([recordExpression(expression, 'kafka')], payload, record(1, ''), context);
  if (!Array.isArray(values)) throw new Error(values.message);
  return values[0] as DecodedValue;
}

describe('what an expression only moves is the payload’s own', () => {
  test.each(Object.keys(fields) as (keyof typeof fields)[])('%s', (name) => {
    expect(Object.is(resultOf(name), fields[name])).toBe(true);
    expect(Object.is(resultOf(`{a: [${name}]}.a[0]`), fields[name])).toBe(true);
    expect(Object.is(resultOf(`not_null(missing, ${name})`), fields[name])).toBe(true);
  });

  test('in lists, in whatever order', () => {
    expect(resultOf('list[0]')).toBe(at);
    expect(resultOf('reverse(list)[1]')).toBe(at);
    expect(resultOf('sort_by(list, &@)[1]')).toBe(at);
    expect(resultOf('{same: list}') as DecodedRecord).toMatchObject({ values: [fields.list] });
  });
});

describe('what an expression works with is text or a number', () => {
  test.each([
    ['to_string(at)', '"2021-07-20T23:18:18.519950001Z"'],
    ['substr(at, `0`, `10`)', '"2021-07-20"'],
    ['at[0:4]', '"2021"'],
    ["join(' ', [local, day])", '"2021-07-20T23:18:18 2021-07-20"'],
    ['local < day', 'null'],
    ["day == '2021-07-20'", 'true'],
    ['sort([day, at])[0]', '"2021-07-20"'],
    ["contains(list, '1970-01-01')", 'true'],
    ["starts_with(day, '2021')", 'true'],
    ['group_by(list, &@) | keys(@) | sort(@)[0]', '"1970-01-01"'],
    ['to_string(bytes)', '"AQL/"'],
    ["none || 'empty'", '"empty"'],
    ["bytes && 'full'", '"full"'],
    ['to_string(big)', '"1208925819614629174706176"'],
    ['half + `1`', '1.5'],
    ['map.one + `1`', '2'],
    ['keys(map)', '["one"]'],
    ['type(at)', '"string"'],
    ['type(big)', '"number"'],
    ['length(day)', '10'],
  ])('%s', (expression, expected) => {
    expect(jsonOf(resultOf(expression))).toBe(expected);
  });
});
