import { expect, it } from 'vitest';
import { fuzzedFormats } from './formats/formats.ts';
import { fuzzFormat } from './formats/fuzz-formats.ts';

it.each(Object.entries(fuzzedFormats))('%s: mutated payloads become rows or dead letters', async (_, format) => {
  const { payloads, rows, deadLetters, found } = await fuzzFormat(format, 5, 500);
  expect(found?.message, `seed ${found?.seed}, ${found?.settings}, ${found?.payload}`).toBeUndefined();
  expect(payloads).toBeGreaterThan(200);
  expect(rows + deadLetters).toBeGreaterThan(0);
});
