import { expect, test } from 'vitest';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import { splitBatch, splitRecords } from '#pipeline/ingest/split-records.ts';

const utf8 = new TextEncoder();

/** A payload of letters holds as many records as letters, of two at least. */
const split = (payload: Uint8Array) =>
  payload.length < 2 ? undefined : [...payload].map((byte) => Uint8Array.of(byte));

const record = (position: string, text: string | undefined, partition = '0'): SourceRecord => ({
  ...{ source: 's', partition, position, timestampMs: 5, key: utf8.encode('k'), headers: [] },
  value: text === undefined ? undefined : utf8.encode(text),
  timestampType: 'CREATE_TIME',
});

const shown = (records: readonly SourceRecord[]) =>
  splitRecords(records, { split }).map(
    ({ partition, position, value }) => `${partition} ${position} ${value && new TextDecoder().decode(value)}`,
  );

test('records of a payload follow one another at positions of their own; others keep theirs', () => {
  expect(shown([record('7', 'a'), record('8', 'bcd'), record('9', undefined), record('8', 'ef', '1')])).toEqual([
    '0 7 a',
    '0 8.0 b',
    '0 8.1 c',
    '0 8.2 d',
    '0 9 undefined',
    '1 8.0 e',
    '1 8.1 f',
  ]);
});

test('those of one aggregate are counted on, and are as they were where none holds many', () => {
  expect(shown([record('7.0', 'a'), record('7.1', 'b'), record('8.0', 'c')])).toEqual([
    '0 7.0 a',
    '0 7.1 b',
    '0 8.0 c',
  ]);
  expect(shown([record('7.0', 'ab'), record('7.1', 'c'), record('7.2', 'de'), record('8.0', 'f')])).toEqual([
    '0 7.0 a',
    '0 7.1 b',
    '0 7.2 c',
    '0 7.3 d',
    '0 7.4 e',
    '0 8.0 f',
  ]);
});

test('everything else is the whole record’s', () => {
  const [whole, part] = splitRecords([record('1', 'a'), record('2', 'bc')], { split });
  for (const key of ['source', 'partition', 'timestampMs', 'key', 'headers', 'timestampType'] as const)
    expect(part?.[key]).toEqual(whole?.[key]);
  expect(splitRecords([record('1', 'ab')], {})).toEqual([record('1', 'ab')]);
});

test('a batch that would become too many ends before, between what its source calls records', () => {
  const batch = [record('1', 'ab'), record('2.0', 'cd'), record('2.1', 'ef'), record('3', 'g'), record('1', 'hi', '1')];
  const taken = (parts: number, bytes: number) => {
    const { records, left } = splitBatch(batch, { split }, { parts, bytes });
    return [records.length, left.map(({ partition, position }) => `${partition}/${position}`)];
  };
  expect(taken(100, 100)).toEqual([9, []]);
  expect(taken(2, 100)).toEqual([2, ['0/2.0', '0/2.1', '0/3', '1/1']]);
  expect(taken(3, 100)).toEqual([6, ['0/3', '1/1']]);
  expect(taken(100, 6)).toEqual([6, ['0/3', '1/1']]);
});
