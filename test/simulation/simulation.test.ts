import { describe, expect, test } from 'vitest';
import { runSeed } from './run-seed.ts';
import type { Guard } from './scenario.ts';

/** Seeds whose histories meet what is easily got wrong, and what that is. */
const traps: [seed: number, trap: string][] = [
  [171, 'a zombie staged past records that a seek wants read again'],
  [4121, 'a file is coalesced and deleted while the bundle that its manifest came from is placed'],
  [86, 'a restored ledger: dead letters have floors of their own'],
  [494, 'a restored ledger: a commit of the lost ledger was half written'],
  [3576, 'a restored ledger: a table has not taken the place in line of a record that was poison'],
  [3858, 'a restored ledger: poison that the dead letters have is no row'],
  [850, 'poison is judged by its deaths, whatever it would have been'],
];

async function expectToHold(seed: number): Promise<void> {
  const { broken, history } = await runSeed(seed);
  expect(broken, `seed ${seed}\n${history.slice(-200).join('\n')}`).toBeUndefined();
}

test.each(traps)('seed %i holds: %s', expectToHold);

describe('200 seeds hold', () => {
  const perTest = 40;
  test.each([0, 1, 2, 3, 4])(
    'block %i',
    async (block) => {
      for (let seed = block * perTest + 1; seed <= (block + 1) * perTest; seed++) await expectToHold(seed);
    },
    120_000,
  );
});

test('30 seeds hold where records hold several', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { broken, history } = await runSeed(seed, undefined, { parted: true });
    expect(broken, `seed ${seed}, parted\n${history.slice(-200).join('\n')}`).toBeUndefined();
  }
}, 60_000);

/** What the first commits and cursors rest on; CI takes away every guard that there is (test/real/simulate.test.ts). */
const firstGuards: Guard[] = [
  'txn-check',
  'cursor-condition',
  'conditional-put',
  'log-item',
  'ordinal-chain',
  'fresh-names',
  'help-incomplete',
  'ledger-id',
];

describe('without a guard the invariant breaks within 200 seeds', () => {
  async function firstBroken(guard: Guard): Promise<string | undefined> {
    for (let seed = 1; seed <= 200; seed++) {
      const { broken } = await runSeed(seed, guard);
      if (broken !== undefined) return broken;
    }
    return undefined;
  }

  test.each(firstGuards)('%s', async (guard) => expect(await firstBroken(guard)).toBeDefined(), 120_000);
});

test('a seed tells the same story twice', async () => {
  const first = await runSeed(7);
  const second = await runSeed(7);
  expect(second.history).toEqual(first.history);
});
