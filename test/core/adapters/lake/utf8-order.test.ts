import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inUtf8Order } from '#adapters/lake/utf8-order.ts';

test('what is listed in the order of UTF-16 units comes in the order of UTF-8 bytes', async () => {
  const letter = fc.constantFrom('a', 'b', '/', 'é', '\ud7ff', '\ue000', '\uff5e', '😀', '𝒳');
  const path = fc.array(letter, { minLength: 1, maxLength: 6 }).map((letters) => letters.join(''));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { maxLength: 60 }), async (paths) => {
      const listed = async function* () {
        for (const each of paths.toSorted()) yield { path: each, sizeBytes: 0, lastModifiedMs: 0, etag: '' };
      };
      const found = await Array.fromAsync(inUtf8Order(listed()), (info) => info.path);
      expect(found).toEqual(paths.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))));
    }),
  );
});
