import { expect, test } from 'vitest';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner } from '#columnar/scan/json-scanner.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';

/* The scanner's tables grow as columns are added: what lies in a list must be known of it wherever that happens. */
test('a list of lists is read whole, however many columns are before it', () => {
  const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };
  const list = (elementType: unknown) => ({ type: 'array', elementType, containsNull: true });
  const field = (name: string, type: unknown) => ({ name, type, nullable: true, metadata: {} });
  for (let before = 0; before < 120; before++) {
    const names = Array.from({ length: before }, (_, index) => field(`c${index}`, 'long'));
    const schema = { type: 'struct', fields: [...names, field('lists', list(list('long')))] } as never;
    const kernel = loadKernel();
    const scanned = new JsonScanner(kernel, schema, naming, new Set()).scan([Buffer.from('{"lists":[[],[1,2],null]}')]);
    expect({ before, unscanned: scanned.unscanned }).toEqual({ before, unscanned: [] });
    expect({ before, value: scanned.value(before, 0) }).toEqual({ before, value: [[], [1n, 2n], null] });
  }
});
