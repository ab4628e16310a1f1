import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DataType, StructType } from '#delta/schema.ts';
import { DecodedDate, DecodedInstant, DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import type { GrowthRules } from '#pipeline/ingest/agree-table.ts';
import { depthOf, growthByTypes, growthByValues, leafCount, notGrown } from '#pipeline/ingest/grow-columns.ts';
import { dataType } from '../../../support/random-values.ts';
import { field, listOf, mapOf, structOf } from '../../../support/schemas.ts';

const record = (fields: Record<string, DecodedValue>) => new DecodedRecord(Object.keys(fields), Object.values(fields));
const payload = (json: string): DecodedRecord => {
  const decoded = decodeJson(Buffer.from(json));
  if (decoded.kind !== 'record') throw new Error(decoded.message);
  return decoded.record;
};

const limits = { maxColumns: 10, maxDepth: 3 };
const fixed: ReadonlySet<string> = new Set();
const rules: GrowthRules = { widening: 'never', hasLocalTimes: false, fixed };
const typesOf = ({ fields }: StructType) => Object.fromEntries(fields.map(({ name, type }) => [name, type]));

describe('by schemas', () => {
  test('what a table lacks is added, nullable, by the names that columns have; what conflicts stays', () => {
    const existing = structOf({ id: 'long', place: structOf({ city: 'string' }) });
    const wanted: StructType = {
      type: 'struct',
      fields: [
        { name: 'ID', type: 'string', nullable: false, metadata: { doc: 'x' } },
        { name: 'US Gross', type: 'double', nullable: false, metadata: {} },
        { name: 'us_gross', type: 'string', nullable: true, metadata: {} },
        field('place', structOf({ City: 'string', 'zip code': 'integer' })),
        field('empty', structOf({})),
        field('lines', listOf(structOf({ 'sku=': 'string' }))),
      ],
    };
    const grown = growthByTypes([wanted], limits)(existing, rules);
    expect(typesOf(grown)).toEqual({
      ...{ id: 'long', place: structOf({ city: 'string', zip_code: 'integer' }), US_Gross: 'double' },
      lines: listOf(structOf({ sku_: 'string' })),
    });
    expect(grown.fields[2]).toEqual(field('US_Gross', 'double'));
    expect(growthByTypes([wanted], limits)(grown, rules)).toBe(grown);
  });

  test('columns widen where the table lets them, an integer to no double', () => {
    const existing = structOf({ a: 'integer', b: 'float', c: 'integer', d: 'date' });
    const wanted = [structOf({ a: 'long', b: 'double', c: 'double', d: 'timestamp_ntz' })];
    const grow = growthByTypes(wanted, limits);
    expect(grow(existing, rules)).toBe(existing);
    expect(grow(existing, { ...rules, widening: 'read' })).toBe(existing);
    const widening: GrowthRules = { widening: 'any', hasLocalTimes: true, fixed };
    expect(typesOf(grow(existing, widening))).toEqual({ a: 'long', b: 'double', c: 'integer', d: 'timestamp_ntz' });
    expect(typesOf(grow(existing, { ...widening, hasLocalTimes: false })).d).toBe('date');
    expect(typesOf(grow(existing, { ...widening, fixed: new Set(['a']) }))).toMatchObject({
      a: 'integer',
      b: 'double',
    });
  });

  test('a local time is added only where the protocol has its feature', () => {
    const wanted = [structOf({ at: 'timestamp_ntz', n: 'long' })];
    expect(typesOf(growthByTypes(wanted, limits)(structOf({}), rules))).toEqual({ n: 'long' });
    expect(typesOf(growthByTypes(wanted, limits)(structOf({ t: 'timestamp_ntz' }), rules))).toMatchObject({
      at: 'timestamp_ntz',
    });
    expect(notGrown(record({ at: new DecodedInstant(0n, true) }), structOf({}), limits)).toMatchObject({
      error: 'UnsupportedColumn',
    });
  });

  test('a schema that would pass a limit is left out, others are not', () => {
    const wide = structOf(Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`c${at}`, 'long'])));
    const deep = structOf({ d: listOf(listOf(structOf({ x: 'long' }))) });
    const grown = growthByTypes([wide, deep, structOf({ a: 'long' })], limits)(structOf({}), rules);
    expect(typesOf(grown)).toEqual({ a: 'long' });
    expect(notGrown(record({ c0: 1n }), grown, { ...limits, maxColumns: 1 })).toMatchObject({
      error: 'TooManyColumns',
    });
    expect(notGrown(payload('{"d":[[{"x":1}]]}'), grown, limits)).toMatchObject({ error: 'TooDeepColumn' });
    expect(notGrown(record({ b: 1n }), grown, limits)).toBeUndefined();
  });
});

describe('by values', () => {
  test('typed values tell their columns', () => {
    const value = record({
      ...{ d: 0.5, i: 1n, big: 2n ** 64n - 1n, at: new DecodedInstant(0n), day: new DecodedDate(1) },
      raw: Uint8Array.of(1),
    });
    expect(typesOf(growthByValues([value], limits)(structOf({}), rules))).toEqual({
      ...{ d: 'double', i: 'long', big: 'decimal(20,0)', at: 'timestamp', day: 'date', raw: 'binary' },
    });
  });

  test('values of maps grow their structs', () => {
    const existing = structOf({ m: mapOf('string', structOf({ a: 'long' })) });
    expect(growthByValues([payload('{"m":{"x":{"a":1,"b":"y"}}}')], limits)(existing, rules)).toBe(existing);
  });

  test('of records that together pass a limit, those are taken that do not alone, in their order', () => {
    const many = (count: number, from: string) =>
      payload(`{${Array.from({ length: count }, (_, at) => `"${from}${at}":1`).join()}}`);
    const grown = growthByValues([many(4, 'a'), many(7, 'b'), many(5, 'c'), many(2, 'd')], limits)(structOf({}), rules);
    expect(leafCount(grown)).toBe(9);
    expect(Object.keys(typesOf(grown)).map((name) => name[0])).toEqual([...'aaaaccccc']);
  });

  test('a limit is no matter for what is there already', () => {
    const wide = structOf(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`c${at}`, 'long'])));
    expect(growthByValues([payload('{"c0":1}')], limits)(wide, rules)).toBe(wide);
    expect(growthByValues([payload('{"x":1}')], limits)(wide, rules)).toBe(wide);
  });
});

test('growth never changes a type without widening, and never passes a limit', () => {
  const types = fc
    .array(dataType, { maxLength: 4 })
    .map((each) => structOf(Object.fromEntries(each.map((type, at) => [`c${at}`, type]))));
  const property = fc.property(types, fc.array(types, { maxLength: 3 }), (existing, wanted) => {
    const grown = growthByTypes(wanted, limits)(existing, { ...rules, hasLocalTimes: true });
    for (const [index, before] of existing.fields.entries()) {
      const after = grown.fields[index]!;
      if (typeof before.type === 'string') expect(after).toEqual(before);
      else expect((after.type as Exclude<DataType, string>).type).toBe(before.type.type);
    }
    expect(leafCount(grown)).toBeLessThanOrEqual(Math.max(limits.maxColumns, leafCount(existing)));
    expect(depthOf(grown)).toBeLessThanOrEqual(Math.max(limits.maxDepth, depthOf(existing)));
    const unlimited = growthByTypes(wanted, { maxColumns: 10_000, maxDepth: 64 });
    const all = unlimited(existing, { ...rules, hasLocalTimes: true });
    expect(unlimited(all, { ...rules, hasLocalTimes: true })).toBe(all);
  });
  fc.assert(property, { numRuns: 300 });
});
