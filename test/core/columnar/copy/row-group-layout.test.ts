import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { findSources } from '#columnar/copy/copy-source.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { rowsOfParquet } from '../../../support/parquet-rows.ts';
import { field } from '../../../support/schemas.ts';

/** By pyarrow: a column `id` and no row, in one row group all the same, whose chunk is said to be at byte 0. */
const withoutRows =
  'UEFSMRUEGSw1ABgGc2NoZW1hFQIAFQQlAhgCaWQAFgAZHBkcJgAcFQQZFQYZGAJpZBUAFgAWABYAJgBJDAAAFgAWACYAFgAAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9u' +
  'IDI2LjAuMRkcHAAAAGwAAABQQVIx';

test('a row group without rows is left out', async () => {
  const columns = new RowColumns([field('id', 'long')]);
  columns.append([1n]);
  const files = [new Uint8Array(Buffer.from(withoutRows, 'base64')), (await encodeParquet(columns, 'none')).bytes];
  const sources = await findSources(
    files.map((bytes, index) => ({
      path: `${index}.parquet`,
      sizeBytes: bytes.length,
      readRange: async (start, end) => bytes.slice(start, end),
    })),
  );
  const pieces: Uint8Array[] = [];
  const copy = await copyRowGroups(sources, { write: async (bytes) => void pieces.push(bytes.slice()) });
  expect([copy.rows, copy.rowGroups]).toEqual([1, 1]);
  const whole = new Uint8Array(Buffer.concat(pieces));
  expect(parquetMetadata(whole.buffer).row_groups).toHaveLength(1);
  expect(await rowsOfParquet(whole)).toEqual([{ id: 1n }]);
});
