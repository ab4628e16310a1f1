import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import type { DataType } from '#delta/schema.ts';
import { expectAgreement, scanned, scannerOf } from '../../../support/scanned-payloads.ts';
import { field, listOf, struct } from '../../../support/schemas.ts';

describe('fields', () => {
  const schema = struct(field('a', 'long'), field('b', 'string'), field('User_Id', 'long'));

  test('in any order, missing, null, with any white space', () => {
    const texts = [
      '{"a":1,"b":"x","User_Id":2}',
      '{"User_Id":2,"b":"x","a":1}',
      ' {\r\n"b" :\t"x" , "User_Id":2 } \n',
      '{"a":null,"user id":4}',
      '{}',
      '{ }',
      '\ufeff{"a":5}',
      undefined,
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual([
      [1n, 'x', 2n],
      [1n, 'x', 2n],
      [null, 'x', 2n],
      [null, null, 4n],
      [null, null, null],
      [null, null, null],
      [5n, null, null],
      [null, null, null],
    ]);
  });

  test('as names spell them: escaped, in another case, with characters that columns cannot have', () => {
    const texts = [
      '{"\\u0061":1}',
      '{"A":1}',
      '{"USER ID":1}',
      '{"user(id":1}',
      '{"a":1,"A":2}',
      '{"a":null,"\\u0041":2}',
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual([
      [1n, null, null],
      [1n, null, null],
      [null, null, 1n],
      [null, null, 1n],
      'left',
      'left',
    ]);
  });

  test('without a column are stepped over where nothing can be told of their type', () => {
    const texts = [
      '{"z":null,"a":1}',
      '{"z":[],"y":{},"x":[null,{"w":[]}]}',
      '{"z":1}',
      '{"z":[0]}',
      '{"z":null,"z":null}',
      '{"z":null,"\\u007a":null}',
      '{"z":{"q":null,"q":null}}',
      '{"":null,"a":2}',
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual([
      [1n, null, null],
      [null, null, null],
      'left',
      'left',
      'left',
      'left',
      'left',
      [2n, null, null],
    ]);
  });

  test('that are required, and those that no record may fill', () => {
    const strict = struct(field('a', 'long', { nullable: false }), field('_source', 'string'));
    const texts = ['{"a":1}', '{}', '{"a":null}', undefined, '{"a":1,"_source":null}', '{"a":1,"_SOURCE":"x"}'];
    expect(scanned(strict, texts, new Set(['_source']))).toEqual([
      [1n, null],
      'left',
      'left',
      'left',
      [1n, null],
      'left',
    ]);
  });

  test('of more names than are kept', () => {
    const scan = scannerOf(schema);
    for (let batch = 0; batch < 3; batch++) {
      const texts = Array.from({ length: 700 }, (_, row) => `{"new ${batch} ${row}":null,"a":${row}}`);
      const rows = scan(texts);
      const left = new Set(rows.unscanned);
      expect(left.size).toBeLessThan(500);
      for (let row = 0; row < texts.length; row++) {
        expect(rows.value(0, row)).toBe(left.has(row) ? null : BigInt(row));
      }
    }
    expect(scan(['{"a":7,"b":"x"}']).value(0, 0)).toBe(7n);
  });

  test('of many new names in one record, behind texts and lists that it has to be read again for', () => {
    const wide = struct(field('s', 'string'), field('list', listOf('long')));
    const strange = (row: number) => Array.from({ length: 40 }, (_, name) => `"n${row}-${name}":null`).join();
    const text = '\\n'.repeat(20_000);
    const texts = Array.from({ length: 6 }, (_, row) =>
      row % 2 === 0 ? `{"s":"${text}","list":[1,2,3],${strange(row)}}` : `{"s":"\\t${row}","list":[${row}]}`,
    );
    expectAgreement(wide, texts);
    const rows = scannerOf(wide)(texts);
    expect([1, 3, 5].map((row) => [rows.value(0, row), rows.value(1, row)])).toEqual(
      [1, 3, 5].map((row) => [`\t${row}`, [BigInt(row)]]),
    );
  });

  test('whose columns have names too long to be kept', () => {
    const long = 'n'.repeat(300);
    const texts = ['{""', '{"":null}', `{"${long}":1}`, `{"${long}":null,"x":[]}`];
    expectAgreement(struct(field(long, 'long')), texts);
  });

  test('of several producers, each with an order of its own', () => {
    const names = Array.from({ length: 20 }, (_, index) => `field_number_${index}`);
    const wide = struct(...names.map((name) => field(name, 'long')));
    const orders = [names, names.toReversed(), names.toSorted(), names.filter((_, index) => index % 3 !== 0)];
    const texts = Array.from({ length: 400 }, (_, row) => {
      const order = orders[row % orders.length] as string[];
      return `{${order.map((name, index) => `"${name}":${row * 100 + index}`).join()}}`;
    });
    expectAgreement(wide, texts);
    expect(scannerOf(wide)(texts).unscanned).toEqual([]);
  });
});

describe('records that are none', () => {
  const schema = struct(field('a', 'long'), field('s', 'string'), field('m', struct(field('t', 'timestamp'))));
  const whole = '{"a":12.0e1,"s":"x\\u00e9\\n[{","m":{"t":"2026-01-15T08:00:00.123Z"},"z":[null,{}]}';

  test('are left to the parser, wherever they end', () => {
    const texts = Array.from(whole, (_, end) => whole.slice(0, end));
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual(texts.map(() => 'left'));
  });

  test('with any byte changed are what the parser makes of them', () => {
    const bytes = Buffer.from(whole);
    const texts = Array.from(bytes, (_, at) =>
      [0x00, 0x09, 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x5d, 0x7b, 0x7d, 0x80, 0xff].map((byte) => {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        return changed;
      }),
    ).flat();
    expectAgreement(schema, texts);
  });

  test('do not read on into what follows', () => {
    const texts = ['{"a":1', ',"s":"x"}', '{"s":"', '"}', '{"s":[1,', '2]}', '{"a":', '3}', '{"s":"y"}'];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts).slice(0, -1)).toEqual(texts.slice(0, -1).map(() => 'left'));
  });

  test('by their UTF-8, one by one', () => {
    const broken = Uint8Array.from([...Buffer.from('{"s":"'), 0xc3, ...Buffer.from('"}')]);
    const half = Uint8Array.from([...Buffer.from('{"s":"x"}'), 0xe2, 0x82]);
    const texts = ['{"s":"é"}', broken, '{"s":"ü"}', half, '{"s":"€"}'];
    expectAgreement(schema, texts);
    expect(scannerOf(schema)(texts).unscanned).toEqual([1, 3]);
  });

  test('by what follows them, and what they are', () => {
    const texts = [
      '{} {}',
      '{}x',
      '[]',
      '"x"',
      '1',
      '',
      ' ',
      '\ufeff',
      '\ufeff\ufeff{}',
      'null',
      '{}\0',
      '{,}',
      '{"a":1,}',
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual(texts.map(() => 'left'));
  });

  test('by their depth', () => {
    const nested = (depth: number) => `{"s":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const texts = [nested(63), nested(64), nested(100_000), `{"s":${'{"a":'.repeat(64)}1${'}'.repeat(64)}}`];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts).map((row) => row === 'left')).toEqual([false, true, true, true]);
  });

  test('by numbers and names out of all proportion', () => {
    const texts = [
      `{"a":1${'0'.repeat(500)}}`,
      `{"a":0.${'0'.repeat(500)}}`,
      `{"s":1${'0'.repeat(500)}}`,
      `{"${'n'.repeat(1000)}":null}`,
    ];
    expectAgreement(schema, texts);
  });

  test('at the end of memory, before white space without an end', () => {
    const kernel = loadKernel();
    const scan = scannerOf(schema, undefined, kernel);
    kernel.bytes.fill(0x20, kernel.mark());
    expect(scan(['{"a":1', '{"a":1   ', '{"s":"x']).unscanned).toEqual([0, 1, 2]);
  });
});

describe('scanner and parser', () => {
  const words = fc.constantFrom('a', 'b', 'B', 'id', 'user id', 'tags', 'é', 'a\\b', 'quo"te');
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt().map(String),
    fc.date().map(String),
  );
  const { value: json } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(words, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const type: fc.Arbitrary<DataType> = fc.oneof(
    fc.constantFrom(
      'string',
      'double',
      'float',
      'long',
      'integer',
      'boolean',
      'timestamp',
      'date',
      'decimal(12,3)',
      'decimal(30,5)',
      'binary',
    ),
    fc.constantFrom('string', 'long').map((element) => listOf(element)),
    fc.constantFrom('string', 'double').map((element) => struct(field('a', element), field('tags', listOf(element)))),
  );
  const schemas = fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'id', 'user_id', 'tags', 'é'), type), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 5,
    })
    .map((fields) => struct(...fields.map(([name, of]) => field(name, of))));
  const records = fc.dictionary(words, json as fc.Arbitrary<unknown>, { maxKeys: 6 });
  const texts = fc.array(
    fc
      .tuple(records, fc.constantFrom(undefined, 1, '\t'))
      .map(([record, space]) => JSON.stringify(record, null, space)),
    { maxLength: 12 },
  );

  test('agree on whatever they are given', () => {
    fc.assert(
      fc.property(schemas, texts, (schema, given) => expectAgreement(schema, given)),
      { numRuns: 400 },
    );
  });
});
