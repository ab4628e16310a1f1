import { expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { duckdbRowsOf } from '../../../support/duckdb.ts';
import { field } from '../../../support/schemas.ts';

test('a zero is found whichever its sign and whichever is asked for', async () => {
  const columns = new RowColumns([field('double', 'double'), field('float', 'float'), field('other', 'double')]);
  for (let row = 0; row < 400; row++) {
    const value = 2 * row - 401;
    columns.append([row === 7 ? -0 : value, row === 7 ? 0 : value, value]);
  }
  const bloomFilters = ['double', 'float', 'other'];
  const { bytes } = await encodeParquet(columns, 'none', loadKernel(), { bloomFilters });
  const counts = ['double = 0.0::DOUBLE', 'double = -0.0::DOUBLE', 'float = 0.0::FLOAT', 'float = -0.0::FLOAT'].map(
    (condition) => `(SELECT count(*) FROM read_parquet($file) WHERE ${condition})`,
  );
  expect((await duckdbRowsOf(bytes, `SELECT ${counts.join()}`))[0]?.map(Number)).toEqual([1, 1, 1, 1]);
  const excluded = `SELECT bloom_filter_excludes FROM parquet_bloom_probe($file, 'other', 0.0::DOUBLE)`;
  expect(await duckdbRowsOf(bytes, excluded)).toEqual([[true]]);
});
