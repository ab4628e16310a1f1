import { expect, test } from 'vitest';
import { scanned } from '../../../support/scanned-payloads.ts';
import { field, listOf, struct } from '../../../support/schemas.ts';

/* The scanner's tables grow as columns are added: what lies in a list must be known of it wherever that happens. */
test('a list of lists is read whole, however many columns are before it', () => {
  for (let before = 0; before < 120; before++) {
    const names = Array.from({ length: before }, (_, index) => field(`c${index}`, 'long'));
    const schema = struct(...names, field('lists', listOf(listOf('long'))));
    const [row] = scanned(schema, ['{"lists":[[],[1,2],null]}']);
    expect({ before, lists: row?.at(-1) }).toEqual({ before, lists: [[], [1n, 2n], null] });
  }
});
