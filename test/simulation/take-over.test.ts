import { expect, test } from 'vitest';
import { runTakeOver } from './take-over.ts';

test('a table taken over from kafka-delta-ingest has each record once, whatever of the old writer lands late', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { broken, history } = await runTakeOver(seed, true);
    expect(broken, `seed ${seed}\n${history.slice(-200).join('\n')}`).toBeUndefined();
  }
});

test('a daemon that does not look at the log before it commits breaks it within 40 seeds', async () => {
  let broken: string | undefined;
  for (let seed = 1; seed <= 40 && broken === undefined; seed++) broken = (await runTakeOver(seed, false)).broken;
  expect(broken).toMatch(/expected \{"rows":[01],"deadLetters":[01]\}, found/);
});
