import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { loadLogState } from '#delta/log-state.ts';
import { parseSchema } from '#delta/schema.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { events: { kinesis: { shards: 1 }, table: events } }
tables:
  events:
    schema:
      - { name: text, type: Utf8, nullable: false }
      - { name: i8, type: Int8 }
      - { name: i16, type: Int16 }
      - { name: i32, type: Int32 }
      - { name: i64, type: Int64 }
      - { name: u8, type: UInt8 }
      - { name: u16, type: UInt16 }
      - { name: u32, type: UInt32 }
      - { name: u64, type: UInt64 }
      - { name: f32, type: Float32 }
      - { name: f64, type: Float64 }
      - { name: flag, type: Boolean }
      - { name: at, type: Timestamp }
      - { name: raw, type: Binary }
      - { name: price, type: "decimal(10,2)" }
      - name: lines
        type: { type: array, elementType: { type: struct, fields: [{ name: sku, type: Utf8 }, { name: count, type: UInt8 }] } }
      - { name: labels, type: { type: map, keyType: Utf8, valueType: Int64 } }
`;

const least = {
  ...{ text: '', i8: -128, i16: -32_768, i32: -2_147_483_648, i64: '-9223372036854775808', u8: 0, u16: 0, u32: 0 },
  ...{ u64: '0', f32: -0.5, f64: -1e300, flag: false, at: '0001-01-01T00:00:00Z', raw: '', price: '-99999999.99' },
  ...{ lines: [], labels: {} },
};
const greatest = {
  ...{ text: 'ä🌊', i8: 127, i16: 32_767, i32: 2_147_483_647, i64: '9223372036854775807', u8: 255, u16: 65_535 },
  ...{ u32: 4_294_967_295, u64: '18446744073709551615', f32: 0.5, f64: 1e300, flag: true },
  ...{ at: '9999-12-31T23:59:59.999999Z', raw: 'AP8=', price: '99999999.99' },
  ...{
    lines: [
      { sku: 'a', count: 255 },
      { sku: null, count: null },
    ],
    labels: { b: 1, a: null },
  },
};

test('D2 declared columns by the usual names of types, unsigned and nested ones without loss', async () => {
  const world = await lakeWorld(settings);
  await world.push('events', [{ value: least }, { value: greatest }, { value: { text: 'alone' } }]);
  await world.commit();
  const state = await loadLogState(world.storeOf('events'), checkpointCodec);
  const { fields } = parseSchema(state?.metaData.schemaString ?? '');
  expect(fields.slice(0, 15).map(({ name, type }) => `${name} ${type}`)).toEqual([
    ...['text string', 'i8 byte', 'i16 short', 'i32 integer', 'i64 long'],
    ...['u8 short', 'u16 integer', 'u32 long', 'u64 decimal(20,0)'],
    ...['f32 float', 'f64 double', 'flag boolean', 'at timestamp', 'raw binary', 'price decimal(10,2)'],
  ]);
  expect(fields[0]?.nullable).toBe(false);
  expect(fields[15]?.type).toMatchObject({
    type: 'array',
    elementType: { fields: [{ type: 'string' }, { type: 'short' }] },
  });
  expect(fields[16]?.type).toEqual({ type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true });

  const nothing = Object.fromEntries(fields.map(({ name }) => [name, null]));
  const ofFields = (row: object) => {
    const { at, labels } = row as typeof least;
    return { ...row, at: at.replace(/(:\d\d)Z/, '$1.000000Z'), labels: Object.entries(labels).sort() };
  };
  const expected = [ofFields(least), ofFields(greatest), { ...nothing, text: 'alone' }].map((row) =>
    JSON.stringify(row).replace(/"i64":"(-?\d+)"/, '"i64":$1'),
  );
  expect(await world.canonicalRows('events')).toEqual(expected.toSorted());
});

test('D2 what a declared type cannot hold is a dead letter', async () => {
  const world = await lakeWorld(settings);
  await world.push('events', [
    { value: { text: 'a', i8: 128 } },
    { value: { text: 'b', u64: '18446744073709551616000' } },
    { value: { text: 'c', u32: 0.5 } },
    { value: { text: 'd', labels: { a: 'x' } } },
    { value: { i8: 1 } },
    { value: { text: 'f', other: 1 } },
    { value: { text: 'good' } },
  ]);
  await world.commit();
  expect((await world.rows('events')).map(({ text }) => text)).toEqual(['good']);
  const letters = (await world.deadLetters()).map(({ error, path }) => `${error} ${path}`);
  expect(letters.sort()).toEqual([
    'LossyValue $.i8',
    'LossyValue $.u32',
    'LossyValue $.u64',
    'MissingValue $.text',
    'TypeMismatch $.labels["a"]',
    'UnknownColumn $.other',
  ]);
});

test('D2 a type that Delta lacks is refused before anything is deployed', async () => {
  const wrong = settings.replace('type: UInt64', 'type: UInt128');
  await expect(lakeWorld(wrong)).rejects.toThrow(
    /tables\.events\.schema\.8\.type: expected a Delta type: .+ or one of Arrow's names: .+; got "UInt128"/,
  );
});
