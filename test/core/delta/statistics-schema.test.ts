import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StructField } from '#delta/schema.ts';
import { statisticsFields } from '#delta/statistics-schema.ts';
import { metaDataAction } from '../../support/actions.ts';
import { field, listOf, struct } from '../../support/schemas.ts';

/** `name:type` of every leaf, structs in braces. */
const shown = (fields: readonly StructField[]): string =>
  fields
    .map(({ name, type }) =>
      typeof type === 'string' || type.type !== 'struct'
        ? `${name}:${typeof type === 'string' ? type : type.type}`
        : `${name}{${shown(type.fields)}}`,
    )
    .join(' ');

const fieldsOf = (
  fields: StructField[],
  rest: Parameters<typeof metaDataAction>[0] = {},
  writerFeatures?: string[],
) => {
  const { metaData } = metaDataAction({ schemaString: JSON.stringify({ type: 'struct', fields }), ...rest });
  return shown(statisticsFields(metaData, writerFeatures === undefined ? {} : { writerFeatures }));
};

test('are those that Spark writes', () => {
  const log = join(import.meta.dirname, '../../golden/struct-statistics/table/_delta_log');
  const { checkpointSchema } = JSON.parse(readFileSync(join(log, '_last_checkpoint'), 'utf8'));
  const add = checkpointSchema.fields.find(({ name }: StructField) => name === 'add');
  const sparks = add.type.fields.find(({ name }: StructField) => name === 'stats_parsed');
  const commit = readFileSync(join(log, '00000000000000000000.json'), 'utf8').split('\n');
  const { metaData } = JSON.parse(commit.find((line) => line.includes('"metaData"')) as string);
  expect(statisticsFields(metaData, {})).toEqual(sparks.type.fields);
});

test('have bounds where a type has an order in Delta, and counts of nulls for every leaf', () => {
  const fields = [
    field('flag', 'boolean'),
    field('raw', 'binary'),
    field('tags', listOf('string')),
    field('place', struct(field('at', 'timestamp_ntz'), field('open', 'boolean'))),
    field('empty', struct(field('only', 'boolean'))),
  ];
  const bounds = 'place{at:timestamp_ntz}';
  expect(fieldsOf(fields)).toBe(
    `numRecords:long minValues{${bounds}} maxValues{${bounds}} nullCount{flag:long raw:long tags:long place{at:long open:long} empty{only:long}}`,
  );
});

test('are of the columns that the table asks for, by physical names, without those it is partitioned by', () => {
  const fields = [field('day', 'date'), field('a', 'long'), field('b', 'long'), field('c', struct(field('d', 'long')))];
  const two = { partitionColumns: ['day'], configuration: { 'delta.dataSkippingNumIndexedCols': '2' } };
  expect(fieldsOf(fields, two)).toBe(
    'numRecords:long minValues{a:long b:long} maxValues{a:long b:long} nullCount{a:long b:long}',
  );
  const named = { configuration: { 'delta.dataSkippingStatsColumns': 'c.d' } };
  expect(fieldsOf(fields, named)).toBe(
    'numRecords:long minValues{c{d:long}} maxValues{c{d:long}} nullCount{c{d:long}}',
  );
  const none = { configuration: { 'delta.dataSkippingNumIndexedCols': '0' } };
  expect(fieldsOf(fields, none)).toBe('numRecords:long');
  const mapped = { configuration: { 'delta.columnMapping.mode': 'name' } };
  const physical = [
    field('a', 'long', { metadata: { 'delta.columnMapping.physicalName': 'col-1', 'delta.columnMapping.id': 1 } }),
  ];
  expect(fieldsOf(physical, mapped)).toBe(
    'numRecords:long minValues{col-1:long} maxValues{col-1:long} nullCount{col-1:long}',
  );
});

test('say whether bounds are tight where rows may be deleted', () => {
  expect(fieldsOf([field('a', 'boolean')], {}, ['deletionVectors'])).toBe(
    'numRecords:long tightBounds:boolean nullCount{a:long}',
  );
});
