import { expect, test } from 'vitest';
import { guards } from '../simulation/scenario.ts';
import { runNpm } from './support/npm.ts';

/* The simulation at length, and the proof that it bites: each guard taken away must break it. */
test('5,000 seeds hold', async () => {
  const { status, output } = await runNpm('simulate', ['--seeds', '5000']);
  console.log(output.trim());
  expect(status, output).toBe(0);
  expect(output).toMatch(/^5000 seeds held/);
});

test('300 seeds hold where records hold several', async () => {
  const { status, output } = await runNpm('simulate', ['--parted', '--seeds', '300']);
  expect(status, output).toBe(0);
  expect(output).toMatch(/^300 seeds held/);
});

test.each(guards)('without %s it fails, naming the seed', async (guard) => {
  const { status, output } = await runNpm('simulate', ['--without', guard, '--seeds', '1000']);
  expect(status, output).toBe(1);
  const [, seed] = output.match(new RegExp(`^seed (\\d+) without ${guard}: .`, 'm')) ?? [];
  expect(Number(seed), output).toBeLessThanOrEqual(1000);
});
