import { describe, expect, test } from 'vitest';
import { settings } from '#contract/settings.ts';
import { targetPath } from '#contract/transform-target.ts';

const origins = {
  kafka: { kafka: { cluster: 'broker', topic: 'clicks' } },
  kinesis: { kinesis: {} },
};

/** What the settings say of one transform; nothing where they take it. */
function complaint(
  target: string,
  expression: string,
  origin: keyof typeof origins = 'kafka',
  table: object = {},
  more: Record<string, string> = {},
) {
  const { error } = settings.safeParse({
    clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
    sources: { clicks: { ...origins[origin], table: 'clicks', transforms: { [target]: expression, ...more } } },
    tables: { clicks: table },
  });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

test.each([
  ['day', 'substr(modified, `0`, `10`)'],
  ['offset', 'kafka.offset'],
  ['meta.kafka.offset', 'kafka.offset'],
  ['"a.b"', '@'],
  ['id', "join('-', [kafka.topic, to_string(kafka.partition), id])"],
  ['kafka', '@.kafka.offset'],
  ['found', 'items[?kafka.offset > `3`].name | [0]'],
  ['total', 'sum(items[*].price) * `2`'],
  ['first', "sort_by(items, &at)[0].{name: name, at: at || 'never'}"],
  ['copy', 'let $a = b in $a.c'],
  ['kind', 'kafka.headers.type || kafka.headers."event-type" || \'none\''],
  ['schema', 'schema.name'],
  ['schema_id', 'to_number(schema.id)'],
  ['own', '@.schema.fields'],
])('%s: %s is taken', (target, expression) => {
  expect(complaint(target, expression)).toBeUndefined();
});

describe('what no record could pass is said with source, column and expression', () => {
  test.each([
    ['substr(modified', 'expected an expression of JMESPath: '],
    ['', 'expected an expression of JMESPath: '],
    ['upcase(name)', 'expected a function that there is; found upcase()'],
    ['substr(name, `1`)', 'expected substr() with 3 arguments; found 2'],
    ['to_number()', 'expected to_number() with 1 argument; found 0'],
    ['replace(a, b)', 'expected replace() with 3 to 4 arguments; found 2'],
    ['not_null()', 'expected not_null() with at least 1 argument; found 0'],
    ["substr(name, '1', `2`)", 'expected a number as argument 2 of substr(); found "1"'],
    ['items[*].[upcase(name)]', 'expected a function that there is; found upcase()'],
    ['kafka.ofset', "expected metadata that this source's records have (kafka.offset, kafka.partition"],
    ['keys(kafka)', "expected metadata that this source's records have (kafka.offset"],
    ['kafka.headers', "expected metadata that this source's records have (kafka.offset"],
    ['kafka.headers[0]', "expected metadata that this source's records have (kafka.offset"],
    ['schema.fields', "expected metadata that this source's records have (kafka.offset"],
    ['kinesis.shard', "expected metadata that this source's records have (kafka.offset"],
  ])('%s', (expression, message) => {
    const said = complaint('day', expression);
    expect(said).toContain(`sources.clicks.transforms.day: ${message}`);
    expect(said).toMatch(new RegExp(`; got ${JSON.stringify(expression).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`));
  });

  test('a stream has no offsets', () => {
    expect(complaint('offset', 'kafka.offset', 'kinesis')).toContain('(kinesis.sequence_number, ');
    expect(complaint('type', 'kafka.headers.type', 'kinesis')).toContain('(kinesis.sequence_number, ');
    expect(complaint('shard', 'kinesis.shard', 'kinesis')).toBeUndefined();
    expect(complaint('id', 'schema.id', 'kinesis')).toBeUndefined();
  });

  test.each(['', 'a..b', '.a', 'a.', '"a', 'a b'])('no column: %j', (target) => {
    expect(complaint(target, 'b')).toContain('expected a column, or a path such as meta.kafka.offset, to fill; got');
  });

  test('a position column', () => {
    expect(complaint('_Source', 'ingest.source')).toContain('this one is for position columns; got "_Source"');
  });

  test('a column filled twice, or within another', () => {
    expect(complaint('day', 'a', 'kafka', {}, { Day: 'b' })).toBe(
      'sources.clicks.transforms.Day: expected each column filled once; got it and "day"',
    );
    expect(complaint('meta.a', 'a', 'kafka', {}, { META: 'b' })).toBe(
      'sources.clicks.transforms.meta.a: expected each column filled once; got it and "META"',
    );
    expect(complaint('"US Gross"', 'a', 'kafka', {}, { us_gross: 'b' })).toBe(
      `sources.clicks.transforms.us_gross: expected each column filled once; got it and ${JSON.stringify('"US Gross"')}`,
    );
  });

  test('a column that a declared table lacks', () => {
    const schema = [{ name: 'day', type: 'date' }];
    expect(complaint('Day', 'a', 'kafka', { schema })).toBeUndefined();
    expect(complaint('hour', 'a', 'kafka', { schema })).toBe(
      'sources.clicks.transforms.hour: expected a column that tables.clicks declares, since it takes no others; got "hour"',
    );
    expect(complaint('hour', 'a', 'kafka', { schema, evolution: 'add' })).toBeUndefined();
  });
});

test('a field to drop is a path', () => {
  const source = { kinesis: {}, table: 'clicks', drop: ['payload', 'meta.internal', 'a..b'] };
  const { error } = settings.safeParse({ sources: { clicks: source }, tables: { clicks: {} } });
  expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
    'sources.clicks.drop.2: expected a field, or a path such as meta.internal, to drop; got "a..b"',
  ]);
});

test.each([
  ['day', ['day']],
  ['meta.kafka.offset', ['meta', 'kafka', 'offset']],
  ['"a.b".c', ['a.b', 'c']],
  ['straße-1', ['straße-1']],
])('the path of %s', (text, path) => {
  expect(targetPath(text)).toEqual(path);
});

test('a unit is for timestamps alone', () => {
  const issues = (type: string) =>
    settings
      .safeParse({ sources: {}, tables: { clicks: { schema: [{ name: 'at', type, epochUnit: 'seconds' }] } } })
      .error?.issues.map(({ path }) => path.join('.'));
  expect(issues('timestamp')).toBeUndefined();
  expect(issues('long')).toEqual(['tables.clicks.schema.0.epochUnit']);
});
