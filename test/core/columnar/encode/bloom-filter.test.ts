import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { duckdbRows } from '../../../support/duckdb.ts';

const field = (name: string, type: string) => ({ name, type, nullable: true, metadata: {} });

test('a zero is found whichever its sign and whichever is asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alluvium-bloom-'));
  try {
    const columns = new RowColumns([field('double', 'double'), field('float', 'float'), field('other', 'double')]);
    for (let row = 0; row < 400; row++) {
      const value = 2 * row - 401;
      columns.append([row === 7 ? -0 : value, row === 7 ? 0 : value, value]);
    }
    const bloomFilters = ['double', 'float', 'other'];
    const file = join(folder, 'file.parquet');
    writeFileSync(file, (await encodeParquet(columns, 'none', loadKernel(), { bloomFilters })).bytes);
    const counts = ['double = 0.0::DOUBLE', 'double = -0.0::DOUBLE', 'float = 0.0::FLOAT', 'float = -0.0::FLOAT'].map(
      (condition) => `(SELECT count(*) FROM read_parquet('${file}') WHERE ${condition})`,
    );
    expect((await duckdbRows(`SELECT ${counts.join()}`))[0]?.map(Number)).toEqual([1, 1, 1, 1]);
    const excluded = await duckdbRows(
      `SELECT bloom_filter_excludes FROM parquet_bloom_probe('${file}', 'other', 0.0::DOUBLE)`,
    );
    expect(excluded).toEqual([[true]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
