import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settings } from '#contract/settings.ts';
import { DecodedList, DecodedRecord, type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import { recordTransforms } from '#pipeline/transform/transform-record.ts';
import { record } from '../../../support/ingest.ts';

const nowMs = 1_700_000_000_123;

function transformsOf(
  transforms: Record<string, string>,
  origin: 'kafka' | 'kinesis' = 'kafka',
  drop: readonly string[] = [],
) {
  const parsed = settings.parse({
    clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:9092'] } },
    sources: {
      clicks: {
        ...(origin === 'kafka' ? { kafka: { cluster: 'broker', topic: 'clicks-topic' } } : { kinesis: {} }),
        table: 'clicks',
        transforms,
        drop,
      },
    },
    tables: { clicks: {} },
  }).sources.clicks;
  if (parsed === undefined) throw new Error('expected the source clicks, got none');
  return recordTransforms(parsed, 'clicks');
}

const textOf = (value: DecodedValue | undefined): string | undefined =>
  value === undefined
    ? undefined
    : value instanceof DecodedList || value instanceof DecodedRecord
      ? value.raw
      : JSON.stringify(value);

function transformed(json: string | undefined, transforms: Record<string, string>, of: SourceRecord = record(7, '')) {
  const decoded = json === undefined ? undefined : decodeJson(Buffer.from(json));
  if (decoded?.kind === 'failure') throw new Error(decoded.message);
  return transformsOf(transforms).apply(decoded?.record, of, nowMs);
}

/** The column `out`, as JSON text; nothing where there is none. */
function outOf(json: string, expression: string): string | undefined {
  const result = transformed(json, { out: expression });
  if (!(result instanceof DecodedRecord)) throw new Error(result.message);
  return textOf(result.values[result.names.indexOf('out')]);
}

describe('functions', () => {
  test.each([
    ['{"m":"2021-03-16T14:38:58Z"}', 'substr(m, `0`, `10`)', '"2021-03-16"'],
    ['{"n":"William"}', 'substr(n, `3`, `4`)', '"liam"'],
    ['{"n":"a😀b"}', 'substr(n, `1`, `1`)', '"😀"'],
    ['{"n":"ab"}', 'substr(n, `5`, `4`)', '""'],
    ['{"t":1626823098}', 'epoch_seconds_to_iso8601(t)', '"2021-07-20T23:18:18Z"'],
    ['{"t":1626823098.51995}', 'epoch_seconds_to_iso8601(t)', '"2021-07-20T23:18:18Z"'],
    ['{"t":"1626823098.51995"}', 'epoch_seconds_to_iso8601(to_number(t))', '"2021-07-20T23:18:18Z"'],
    ['{"t":1626823098519}', 'epoch_millis_to_iso8601(t)', '"2021-07-20T23:18:18.519Z"'],
    ['{"t":1626823098519950}', 'epoch_micros_to_iso8601(t)', '"2021-07-20T23:18:18.519950Z"'],
    ['{"t":-1}', 'epoch_micros_to_iso8601(t)', '"1969-12-31T23:59:59.999999Z"'],
    ['{"t":1626823098519950999}', 'epoch_nanos_to_iso8601(t)', '"2021-07-20T23:18:18.519950Z"'],
    ['{"t":-1001}', 'epoch_nanos_to_iso8601(t)', '"1969-12-31T23:59:59.999999Z"'],
    ['{"t":1626823098519}', 'epoch_millis_to_micro(t)', '1626823098519000'],
    ['{"t":[1,2]}', '[now_epoch_seconds(), t[?@ > `1`].now_epoch_seconds()]', '[1700000000,[1700000000]]'],
    ['{"t":"2021-07-20T23:18:18.519950Z"}', 'iso8601_to_epoch_seconds(t)', '1626823098'],
    ['{"t":"2021-07-20T23:18:18.519950Z"}', 'iso8601_to_epoch_millis(t)', '1626823098519'],
    ['{"t":"2021-07-21T01:18:18.519950+02:00"}', 'iso8601_to_epoch_micros(t)', '1626823098519950'],
    ['{"t":"1969-12-31T23:59:59.5Z"}', 'iso8601_to_epoch_seconds(t)', '-1'],
    ['{"t":"2021-07-20T23:18:18.519950999Z"}', 'iso8601_to_epoch_micros(t)', '1626823098519950'],
    ['{"t":"1969-12-31T23:59:59.999999999Z"}', 'iso8601_to_epoch_micros(t)', '-1'],
  ])('%s %s', (json, expression, expected) => {
    expect(outOf(json, expression)).toBe(expected);
  });
});

describe('numbers that pass through are as they were written', () => {
  const json = '{"big":9007199254740993,"same":9007199254740992,"price":1.10,"deep":{"a":[1e2,{"b":-0}]},"s":"0.10"}';
  test.each([
    ['big', '9007199254740993'],
    ['price', '1.10'],
    ['deep', '{"a":[1e2,{"b":-0}]}'],
    ['deep.a[0]', '1e2'],
    ['deep.a[*]', '[1e2,{"b":-0}]'],
    ['[big, price]', '[9007199254740993,1.10]'],
    ['{x: big, y: deep.a}', '{"x":9007199254740993,"y":[1e2,{"b":-0}]}'],
    ['not_null(none, big)', '9007199254740993'],
    ['none || big', '9007199254740993'],
    ['to_string(big)', '"9007199254740993"'],
    ['to_string(deep)', String.raw`"{\"a\":[1e2,{\"b\":-0}]}"`],
    ['to_number(s)', '0.10'],
    ['merge(deep, {c: big})', '{"a":[1e2,{"b":-0}],"c":9007199254740993}'],
    ['max([price, big])', '9007199254740993'],
    ['sort([big, price])', '[1.10,9007199254740993]'],
    ['let $x = big in [$x]', '[9007199254740993]'],
  ])('%s', (expression, expected) => {
    expect(outOf(json, expression)).toBe(expected);
  });

  test('every number of every record', () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(number, (text) => {
        const json = `{"n":${text}}`;
        expect(outOf(json, 'n')).toBe(text);
        expect(outOf(json, '[n][0]')).toBe(text);
      }),
    );
  });
});

describe('what is compared or computed with is a double', () => {
  test.each([
    ['{"a":2,"b":1.5}', 'a + b', '3.5'],
    ['{"a":2,"b":1.5}', 'a > b', 'true'],
    ['{"a":1.0}', 'a == `1`', 'true'],
    ['{"a":[{"x":1.0}]}', 'a == `[{"x": 1}]`', 'true'],
    ['{"a":2}', '-a', '-2'],
    ['{"a":[1.5,2]}', 'sum(a)', '3.5'],
    ['{"a":[1.0,2]}', 'contains(a, `1`)', 'true'],
    ['{"a":-1.5}', 'abs(a)', '1.5'],
    ['{"a":3,"s":"x"}', "pad_left(s, a, '-')", '"--x"'],
    ['{"a":1}', 'type(a)', '"number"'],
    ['{"a":0}', "a && 'yes'", '"yes"'],
    ['{"a":1}', 'a.text', 'null'],
    ['{"a":1}', 'a.*', 'null'],
  ])('%s %s', (json, expression, expected) => {
    expect(outOf(json, expression)).toBe(expected);
  });
});

describe("the library's own functions, where they are mended", () => {
  test.each([
    ['{"a":[10,9,1]}', 'sort(a)', '[1,9,10]'],
    ['{"a":["b","a","B"]}', 'sort(a)', '["B","a","b"]'],
    ['{"a":["\uffff","😀"]}', 'max(a)', '"😀"'],
    ['{"a":[]}', 'max(a)', 'null'],
    ['{"a":[{"k":"x"},{"k":"y"}]}', 'max_by(a, &k).k', '"y"'],
    ['{"a":[{"k":"x"},{"k":"y"}]}', 'min_by(a, &k).k', '"x"'],
    ['{"a":[{"k":2,"n":1},{"k":1,"n":2},{"k":2,"n":3}]}', 'sort_by(a, &k)[*].n', '[2,1,3]'],
    [
      '{"a":[{"k":"constructor"},{"k":"x"}]}',
      'group_by(a, &k)',
      '{"constructor":[{"k":"constructor"}],"x":[{"k":"x"}]}',
    ],
    ['{"a":"  x y "}', 'trim(a)', '"x y"'],
    ['{"a":"--x--"}', "trim_left(a, '-')", '"x--"'],
    ['{"a":"😀x😁"}', "trim(a, '😀')", '"x😁"'],
    ['{"a":"😀"}', "pad_left(a, `3`, '😁')", '"😁😁😀"'],
    ['{"a":"ab"}', 'pad_right(a, `1`)', '"ab"'],
    ['{"a":"aXbXc"}', "replace(a, 'X', '$&', `1`)", '"a$&bXc"'],
    ['{"a":"0x10"}', 'to_number(a)', 'null'],
    ['{"a":{"expref":true,"type":"Field","name":"x"}}', 'keys(a)', '["expref","type","name"]'],
    ['{"a":1}', 'constructor', 'null'],
    ['{"a":[1],"b":[2]}', 'let $b = b in map(&[@, $b[0]], a)', '[[1,2]]'],
  ])('%s %s', (json, expression, expected) => {
    expect(outOf(json, expression)).toBe(expected);
  });
});

describe('a failing expression', () => {
  test.each([
    ['{}', 'substr(m, `0`, `10`)', 'substr'],
    ['{"m":"x"}', 'substr(m, `-1`, `1`)', 'expected a whole number, not negative, as the start of substr(), got -1'],
    ['{"t":"x"}', 'epoch_seconds_to_iso8601(t)', 'epoch_seconds_to_iso8601'],
    ['{"t":1e300}', 'epoch_seconds_to_iso8601(t)', 'expected seconds since 1970 in the years 0001 to 9999, got 1e300'],
    ['{"t":"2021-07-20"}', 'iso8601_to_epoch_millis(t)', 'expected ISO 8601 with Z or an offset'],
    ['{"a":[1,"b"]}', 'sort_by(a, &@)', 'expected numbers alone, or strings alone, to order by'],
    ['{"a":"😀"}', "split(a, '')[0]", 'half of a surrogate pair'],
    [
      '{"a":1e9}',
      "pad_left('x', a)",
      'expected a whole number up to 1000000 as the width of pad_left(), got 1000000000',
    ],
    ['{"a":1e300}', 'a * a', 'expected a number of JSON, got Infinity'],
  ])('%s %s', (json, expression, message) => {
    const failure = transformed(json, { fine: '`1`', 'meta.day': expression });
    expect(failure).toMatchObject({ kind: 'failure', error: 'TransformFailed', path: '$.meta.day' });
    expect((failure as { message: string }).message).toContain(`expected ${expression} to give a value: `);
    expect((failure as { message: string }).message).toContain(message);
  });
});

describe('targets', () => {
  const raw = (json: string, transforms: Record<string, string>) =>
    textOf(transformed(json, transforms) as DecodedRecord);

  test('fill, replace and nest; every expression reads the payload as it came', () => {
    expect(raw('{"a":1,"b":2}', { a: 'b', b: 'a', c: 'a' })).toBe('{"a":2,"b":1,"c":1}');
    expect(raw('{"meta":{"x":1}}', { 'meta.kafka.offset': 'kafka.offset' })).toBe(
      '{"meta":{"x":1,"kafka":{"offset":7}}}',
    );
    expect(raw('{"meta":3}', { 'meta.x': '`1`' })).toBe('{"meta":{"x":1}}');
  });

  test('replace whatever spelling the payload has of the column', () => {
    expect(raw('{"US Gross":1,"b":2}', { us_gross: 'b' })).toBe('{"US Gross":2,"b":2}');
    expect(raw('{"A":1,"b":2,"a":3}', { a: 'b' })).toBe('{"A":2,"b":2}');
  });

  test('are null where the expression is', () => {
    expect(raw('{"a":1}', { a: 'none', b: 'none' })).toBe('{"a":null,"b":null}');
  });

  test('are filled for a tombstone that becomes a row', () => {
    const tombstone = record(7, null, { key: Buffer.from('k') });
    expect(textOf(transformed(undefined, { key: 'kafka.key', x: 'x' }, tombstone) as DecodedRecord)).toBe(
      '{"key":"k","x":null}',
    );
  });
});

describe('dropped fields', () => {
  const left = (json: string, drop: string[], transforms: Record<string, string> = {}) => {
    const decoded = decodeJson(Buffer.from(json));
    if (decoded.kind === 'failure') throw new Error(decoded.message);
    return textOf(transformsOf(transforms, 'kafka', drop).apply(decoded.record, record(7, ''), nowMs) as DecodedRecord);
  };

  test('are gone once transforms have read them, in whatever spelling', () => {
    expect(left('{"a":1,"A":2,"b":{"c":3,"d":[4]}}', ['a', 'b.c'], { sum: 'a' })).toBe('{"b":{"d":[4]},"sum":1}');
    expect(left('{"old name":1}', ['old name'.replace(' ', '_')], { fresh: '"old name"' })).toBe('{"fresh":1}');
    expect(left('{"a":1}', ['a'], { a: '`2`' })).toBe('{"a":2}');
    expect(left('{"a":1,"b":3}', ['none', 'b.c'])).toBe('{"a":1,"b":3}');
  });
});

describe('metadata', () => {
  const all = (transforms: Record<string, string>, of: SourceRecord, origin: 'kafka' | 'kinesis') => {
    const payload = decodeJson(Buffer.from('{"kafka":{"offset":"own"},"items":[{"ingest":{"source":"theirs"}}]}'));
    if (payload.kind === 'failure') throw new Error(payload.message);
    const result = transformsOf(transforms, origin).apply(payload.record, of, nowMs);
    if (!(result instanceof DecodedRecord)) throw new Error(result.message);
    return Object.fromEntries(
      result.names.flatMap((name, index) => {
        const value = result.values[index];
        return name in transforms ? [[name, value instanceof NumberToken ? Number(value.text) : value]] : [];
      }),
    );
  };

  test('of Kafka', () => {
    const of = record(42, '', {
      partition: '3',
      key: Buffer.from('schlüssel'),
      timestampMs: 1_626_823_098_519,
      timestampType: 'LOG_APPEND_TIME',
    });
    const transforms = {
      offset: 'kafka.offset',
      partition: 'kafka.partition',
      topic: 'kafka.topic',
      timestamp: 'kafka.timestamp',
      type: 'kafka.timestamp_type',
      key: 'kafka.key',
      source: 'ingest.source',
      from: 'ingest.partition',
      position: 'ingest.position',
      table: 'ingest.table',
      now: 'ingest.timestamp',
      own: '@.kafka.offset',
      theirs: 'items[0].ingest.source',
      joined: "join('/', [kafka.topic, to_string(kafka.offset)])",
    };
    expect(all(transforms, of, 'kafka')).toEqual({
      offset: 42,
      partition: 3,
      topic: 'clicks-topic',
      timestamp: 1_626_823_098_519_000,
      type: 1,
      key: 'schlüssel',
      source: 'clicks',
      from: '3',
      position: '42',
      table: 'clicks',
      now: 1_700_000_000_123_000,
      own: 'own',
      theirs: 'theirs',
      joined: 'clicks-topic/42',
    });
    expect(all({ type: 'kafka.timestamp_type', key: 'kafka.key' }, record(1, ''), 'kafka')).toEqual({
      type: -1,
      key: null,
    });
  });

  test('of Kinesis', () => {
    const of = record('49590338271490256608559692538361571095921575989136588898.2', '', {
      partition: 'shardId-000000000006',
      key: Buffer.from('k'),
      timestampMs: 1_545_084_650_987,
      stream: 'clicks-stream',
    });
    const transforms = {
      sequence: 'kinesis.sequence_number',
      sub: 'kinesis.sub_sequence_number',
      shard: 'kinesis.shard',
      stream: 'kinesis.stream',
      arrived: 'kinesis.arrival_timestamp',
      key: 'kinesis.partition_key',
    };
    expect(all(transforms, of, 'kinesis')).toEqual({
      sequence: '49590338271490256608559692538361571095921575989136588898',
      sub: 2,
      shard: 'shardId-000000000006',
      stream: 'clicks-stream',
      arrived: 1_545_084_650_987_000,
      key: 'k',
    });
  });

  test('headers are texts, the last of a name; what is not there is null', () => {
    const of = record(1, '', {
      headers: [
        { name: 'type', value: Buffer.from('first') },
        { name: 'event-type', value: Buffer.from('größe') },
        { name: 'type', value: Buffer.from('last') },
        { name: 'bytes', value: Uint8Array.of(0xff) },
      ],
    });
    const transforms = { type: 'kafka.headers.type', event: 'kafka.headers."event-type"', none: 'kafka.headers.none' };
    expect(all(transforms, of, 'kafka')).toEqual({ type: 'last', event: 'größe', none: null });
    const failure = transformed('{}', { out: "kafka.headers.bytes || 'none'" }, of);
    expect(failure).toMatchObject({ error: 'TransformFailed', path: '$.out' });
    expect((failure as { message: string }).message).toContain('expected a header "bytes" of UTF-8, got other bytes');
  });

  test('of the schema, where the payload has one', () => {
    const transforms = transformsOf({ name: 'schema.name', id: 'schema.id' });
    const type = { name: 'shop.Order', id: '17', columns: undefined };
    expect(textOf(transforms.apply(undefined, record(1, ''), nowMs, type) as DecodedRecord)).toBe(
      '{"name":"shop.Order","id":"17"}',
    );
    expect(textOf(transforms.apply(undefined, record(1, ''), nowMs) as DecodedRecord)).toBe('{"name":null,"id":null}');
  });

  test('a key that is no text', () => {
    const failure = transformed('{}', { key: 'kafka.key' }, record(1, '', { key: Uint8Array.of(0xff) }));
    expect(failure).toMatchObject({ error: 'TransformFailed', path: '$.key' });
  });
});

test.each(['`1e999`', '`"\\ud800"`'])(
  'a constant that no column can hold, %s, is for the parser, which refuses each record',
  (text) => {
    const transforms = transformsOf({ out: text });
    const fields = [{ name: 'out', type: 'string', nullable: true, metadata: {} }];
    expect(transforms.onColumns({ type: 'struct', fields })).toBeUndefined();
    expect(transforms.onColumns({ type: 'struct', fields: [] })).toBeUndefined();
    expect(transforms.apply(undefined, record(7, ''), nowMs)).toMatchObject({
      error: 'TransformFailed',
      path: '$.out',
    });
  },
);
