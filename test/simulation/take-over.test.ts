import { expect, test } from 'vitest';
import { runTakeOver } from './take-over.ts';

test('a table taken over from kafka-delta-ingest has each record once, whatever of the old writer lands late', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { broken, history } = await runTakeOver(seed, true);
    expect(broken, `seed ${seed}\n${history.slice(-200).join('\n')}`).toBeUndefined();
  }
});

test('commits stop within 40 seeds where a daemon does not look at the log before its own', async () => {
  const found = 'expected nothing of old since the table was taken over, found transaction old-';
  for (let seed = 1; seed <= 40; seed++) {
    const { broken, history } = await runTakeOver(seed, false);
    if (broken === undefined || !history.some((line) => line.includes(found))) continue;
    expect(broken).toMatch(/expected everything to settle|expected \{"rows":[01],"deadLetters":[01]\}, found/);
    return;
  }
  throw new Error('expected the daemon to be found out, it was in no seed');
});
