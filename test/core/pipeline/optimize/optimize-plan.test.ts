import { expect, test } from 'vitest';
import type { AddFile } from '#delta/actions.ts';
import { type BinRules, orderTag, planBins } from '#pipeline/optimize/optimize-plan.ts';
import { addFile } from '../../../support/actions.ts';

const mib = 1024 ** 2;
const rules: BinRules = {
  targetBytes: 128 * mib,
  order: undefined,
  leaveAlone: () => false,
  maxFiles: 10_000,
  maxBytes: Number.POSITIVE_INFINITY,
};

const file = (path: string, sizeMib: number, more: Partial<AddFile> = {}): AddFile => ({
  ...addFile(path),
  size: Math.round(sizeMib * mib),
  ...more,
});

async function plan(files: AddFile[], changes: Partial<BinRules> = {}) {
  const { bins, ...rest } = await planBins(
    (async function* () {
      yield* files;
    })(),
    { ...rules, ...changes },
  );
  return { ...rest, bins: bins.map((bin) => bin.files.map(({ path }) => path)) };
}

test('small files become one, up to the target', async () => {
  const files = Array.from({ length: 30 }, (_, index) => file(`f${String(index).padStart(2, '0')}`, 10));
  const { bins } = await plan(files);
  expect(bins.map((bin) => bin.length)).toEqual([12, 12, 6]);
  expect(bins.flat().sort()).toEqual(files.map(({ path }) => path));
});

test('a file that is large enough, or alone, stays', async () => {
  expect((await plan([file('large', 96), file('small', 5)])).bins).toEqual([]);
});

test('partitions are never mixed', async () => {
  const of = (path: string, day: string | null) => file(path, 1, { partitionValues: { day } });
  const { bins } = await plan([of('a', '1'), of('b', null), of('c', '1'), of('d', null), of('e', '3')]);
  expect(bins.map((bin) => bin.sort())).toEqual([
    ['a', 'c'],
    ['b', 'd'],
  ]);
});

test('a file waits until what is to be merged with it is a quarter of it', async () => {
  expect((await plan([file('big', 60), file('a', 4), file('b', 4)])).bins).toEqual([['a', 'b']]);
  expect((await plan([file('big', 60), file('a', 8), file('b', 8)])).bins).toEqual([['a', 'b', 'big']]);
});

test('tiny files are merged whatever their sizes', async () => {
  expect((await plan([file('a', 0.001), file('b', 0.5)])).bins).toEqual([['a', 'b']]);
});

test('files near their expiry are left alone, and counted', async () => {
  const leaveAlone = ({ modificationTime }: AddFile) => modificationTime < 100;
  const files = [1, 2, 200, 300].map((modificationTime) => file(`f${modificationTime}`, 1, { modificationTime }));
  expect(await plan([...files, file('large', 500, { modificationTime: 1 })], { leaveAlone })).toEqual({
    bins: [['f200', 'f300']],
    files: 5,
    leftAlone: 2,
    isPartial: false,
  });
});

test('files with many deleted rows are written anew, even alone', async () => {
  const deleted = (cardinality: number) => ({
    deletionVector: { storageType: 'u' as const, pathOrInlineDv: 'x', sizeInBytes: 1, cardinality },
    stats: '{"numRecords":100}',
  });
  expect((await plan([file('few', 500, deleted(9)), file('many', 500, deleted(10))])).bins).toEqual([['many']]);
  expect((await plan([file('many', 1, deleted(10))])).bins).toEqual([['many']]);
});

test('an order asks for files that do not have it yet', async () => {
  const order = { kind: 'zOrder' as const, columns: ['a', 'b'] };
  const tags = { [orderTag]: 'zOrder(a,b)' };
  const { bins } = await plan(
    [file('done', 200, { tags }), file('new', 200), file('other', 60, { tags: { [orderTag]: 'sort(a)' } })],
    {
      order,
    },
  );
  expect(bins.flat().sort()).toEqual(['new', 'other']);
});

test('an order goes across several files of the target size', async () => {
  const order = { kind: 'sort' as const, columns: ['a'] };
  const files = Array.from({ length: 12 }, (_, index) => file(`f${index}`, index < 6 ? 60 : 110));
  const { bins } = await plan(files, { order });
  expect(bins.map((bin) => bin.length)).toEqual([7, 4, 1]);
});

test('files outside the table are left alone', async () => {
  expect((await plan([file('s3://other/a.parquet', 1), file('/b.parquet', 1), file('c.parquet', 1)])).bins).toEqual([]);
});

test('a run has limits, and says when they were met', async () => {
  const files = Array.from({ length: 40 }, (_, index) =>
    file(`f${index}`, 1, { partitionValues: { p: String(index % 4) } }),
  );
  expect(await plan(files, { maxBytes: 25 * mib })).toMatchObject({ isPartial: true, bins: { length: 2 } });
  const limited = await plan(files, { maxFiles: 10 });
  expect(limited.isPartial).toBe(true);
  expect(limited.bins.flat()).toHaveLength(10);
  expect((await plan(files)).isPartial).toBe(false);
});

test('files that have nothing to be merged with do not use up the limit of a run', async () => {
  const alone = Array.from({ length: 100 }, (_, index) => file(`f${index}`, 1, { partitionValues: { p: `${index}` } }));
  const late = ['x', 'y'].map((path) => file(path, 1, { partitionValues: { p: 'late' } }));
  expect(await plan([...alone, ...late], { maxFiles: 10 })).toEqual({
    bins: [['x', 'y']],
    files: 102,
    leftAlone: 0,
    isPartial: false,
  });
});
