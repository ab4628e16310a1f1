import { expect, test } from 'vitest';
import { dataFilePath, fileLayoutOf } from '#pipeline/file-properties.ts';
import { ingestWorld, record } from '../../support/ingest.ts';

const pathOf = (values: Record<string, string>): string =>
  dataFilePath(fileLayoutOf({}), Object.keys(values), values, () => 'id-1');

test.each([
  ['day=2026-11-21/city=Zürich/part-id-1.parquet', { day: '2026-11-21', city: 'Zürich' }],
  [`p=${'x'.repeat(253)}/part-id-1.parquet`, { p: 'x'.repeat(253) }],
])('%s has folders for partition values', (path, values) => {
  expect(pathOf(values)).toBe(path);
});

test.each<[string, Record<string, string>]>([
  ['more bytes than a key has, in fewer characters', { p: '字'.repeat(512) }],
  ['more bytes than a key has, once they are escaped', { p: ':'.repeat(300) }],
  ['more than a folder of files may be called', { p: 'x'.repeat(254) }],
  ['more together', { a: 'x'.repeat(220), b: 'x'.repeat(220), c: 'x'.repeat(220) }],
])('partition values of %s get no folders: the log has them', (_, values) => {
  expect(pathOf(values)).toBe('part-id-1.parquet');
});

test('a row of such a partition is staged, with its value', async () => {
  const world = ingestWorld({ partitionBy: ['p'] });
  const p = '字'.repeat(512);
  await world.ingest([record(1, JSON.stringify({ id: 1, p }))]);
  expect(await world.rows('clicks')).toEqual([{ id: 1n, p }]);
  const paths = (await world.manifests('clicks')).flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths).toEqual([expect.stringMatching(/^part-id-\d+\.parquet$/)]);
});
