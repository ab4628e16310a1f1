import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { print } from '../../../scripts/cli/print.ts';

test('a text is a line', async () => {
  const to = new PassThrough();
  await print('done', to);
  to.end();
  expect(await text(to)).toBe('done\n');
});

test('lines wait for a reader that falls behind, and none is lost', async () => {
  const to = new PassThrough();
  let made = 0;
  async function* lines() {
    while (made < 50_000) yield `line ${made++}`;
  }
  const printing = print(lines(), to).then(() => to.end());
  await new Promise((resolve) => setImmediate(resolve));
  expect(made).toBeLessThan(20_000);
  const printed = await text(to);
  await printing;
  expect(printed.split('\n')).toHaveLength(50_001);
  expect(printed.endsWith('line 49999\n')).toBe(true);
});

test('what fails on the way is thrown', async () => {
  async function* lines() {
    yield 'a';
    throw new Error('no more');
  }
  await expect(print(lines(), new PassThrough())).rejects.toThrow('no more');
});
