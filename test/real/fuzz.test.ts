import { expect, it } from 'vitest';
import { runNpm } from './support/npm.ts';

it('scanner and parser agree on random records for a minute', async () => {
  const { status, output } = await runNpm('fuzz', ['scanner', '--seconds', '60']);
  expect(status, output).toBe(0);
  console.log(output);
});
