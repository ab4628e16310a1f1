import { expect, test } from 'vitest';
import { dataFileRows } from '#columnar/read/data-file.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';
import { field } from '../../../support/schemas.ts';

/** By pyarrow, in LZ4: a column `id` of two nulls, its dictionary and its values of no bytes. */
const nulls =
  'UEFSMRUEFQAVAkwVABUAEgAAABUAFQ4VECwVBBUQFQYVBhwAAABwAgAAAAQAABUEGSw1ABgGc2NoZW1hFQIAFQQlAhgCaWQAFgQZHBkcJgAcFQQZNQAGEBkYAmlkFQ4WBBZQ' +
  'FlQmJiYIKSwVBBUAFQIAFQAVEBUCADwpBhkmBAAAAAAWUBYEJggWVAAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAAhgAAAFBBUjE=';

test('pages without values are read, whatever a codec makes of nothing', async () => {
  const store = memoryObjectStore();
  await store.put('nulls.parquet', new Uint8Array(Buffer.from(nulls, 'base64')));
  expect((await dataFileRows(store, 'nulls.parquet', [field('id', 'long')])).rows).toEqual([
    { id: null },
    { id: null },
  ]);
});
