import { expect, test } from 'vitest';
import { valuesOfRoaringArray } from '#delta/roaring-bitmap.ts';
import { roaringArray } from '../../support/deletion-vectors.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** Little-endian numbers: `[size in bytes, value]`. */
function bytesOf(numbers: [1 | 2 | 4, number][]): Uint8Array {
  return new Uint8Array(
    numbers.flatMap(([size, value]) => range(0, size).map((byte) => Math.floor(value / 256 ** byte) & 255)),
  );
}

const header: [1 | 2 | 4, number][] = [
  [4, 1_681_511_377],
  [4, 1],
  [4, 0],
];

test('arrays hold values as they are', () => {
  expect(valuesOfRoaringArray(roaringArray([0, 7, 65_535]))).toEqual([0, 7, 65_535]);
});

test('a container of more than 4,096 values is a bit set', () => {
  const values = range(0, 65_536).filter((value) => value % 13 === 5);
  const bits = new Uint8Array(8_192);
  for (const value of values) bits[value >> 3]! |= 1 << (value & 7);
  const head = bytesOf([...header, [4, 0], [4, 12_346], [4, 1], [2, 0], [2, values.length - 1], [4, 16]]);
  expect(valuesOfRoaringArray(new Uint8Array([...head, ...bits]))).toEqual(values);
});

test('runs hold a start and a length, containers their upper half', () => {
  const head = bytesOf([...header, [4, 0], [2, 12_347], [2, 1], [1, 0b01], [2, 0], [2, 5], [2, 3], [2, 1]]);
  const containers = bytesOf([
    [2, 2],
    [2, 10],
    [2, 3],
    [2, 100],
    [2, 1],
    [2, 1],
    [2, 2],
  ]);
  expect(valuesOfRoaringArray(new Uint8Array([...head, ...containers]))).toEqual([
    10, 11, 12, 13, 100, 101, 196_609, 196_610,
  ]);
});

test('upper halves make positions past 32 bits', () => {
  const one = (key: number, value: number): [1 | 2 | 4, number][] => [
    [4, key],
    [4, 12_346],
    [4, 1],
    [2, 0],
    [2, 0],
    [4, 16],
    [2, value],
  ];
  const two = bytesOf([[4, 1_681_511_377], [4, 2], [4, 0], ...one(0, 1), ...one(2, 3)]);
  expect(valuesOfRoaringArray(two)).toEqual([1, 2 * 2 ** 32 + 3]);
});

test.each([
  ['another magic number', roaringArray([1]).with(0, 0), 'magic number'],
  ['another cookie', roaringArray([1]).with(16, 0), 'cookie'],
  ['bytes that end early', roaringArray([1, 2]).slice(0, -1), 'end within one'],
])('%s: corrupt', (_, bytes, message) => {
  expect(() => valuesOfRoaringArray(bytes)).toThrow(message);
});
