import { expect, test } from 'vitest';
import { bytesText, countText, textTable } from '../../../scripts/cli/text-table.ts';

const linesOf = (names: string[], rows: string[][]) => Array.fromAsync(textTable(names, rows));

test('columns are as wide as what they hold, numbers to the right', async () => {
  const rows = [
    ['1', 'one'],
    ['1,000', ''],
    ['', 'three'],
  ];
  expect(await linesOf(['n', 'name'], rows)).toEqual([
    '    n  name',
    '─────  ─────',
    '    1  one',
    '1,000',
    '       three',
  ]);
});

test('no rows have a head all the same', async () => {
  expect(await linesOf(['a', 'bc'], [])).toEqual(['a  bc', '─  ──']);
});

test('rows come as they are read: only the first ones are waited for', async () => {
  let made = 0;
  async function* endless() {
    for (;;) yield [String(made++)];
  }
  const lines = textTable(['n'], endless());
  for (let line = 0; line < 300; line++) await lines.next();
  expect(made).toBeLessThan(400);
});

test('a cell that is wider than those before stands out', async () => {
  const rows = Array.from({ length: 300 }, (_, index) => [index === 299 ? 'a longer one' : 'x', 'y']);
  const lines = await linesOf(['c', 'd'], rows);
  expect(lines.at(-2)).toBe('x  y');
  expect(lines.at(-1)).toBe('a longer one  y');
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1_572_864, '1.5 MiB'],
  [5 * 1024 ** 5, '5120.0 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test('counts are grouped by thousands', () => {
  expect(countText(1_234_567)).toBe('1,234,567');
});
