import { expect, it } from 'vitest';
import { fuzzEncoder } from './encoder/fuzz-encoder.ts';

/** The files of the first two seeds have one size, and are written in the same second. */
it('files of columns from seeds read as the columns do, however alike they are', async () => {
  const { files, found } = await fuzzEncoder(1_795_287_402, 1_000);
  expect(found?.message, `seed ${found?.seed}`).toBeUndefined();
  expect(files).toBeGreaterThan(1);
});
