import { expect, test } from 'vitest';
import { Chaos } from '../../../../scripts/local/chaos/chaos.ts';
import type { FunctionReport, LocalAws } from '../../../../scripts/local/local-aws.ts';

const tempo = { pauseMs: { least: 1, most: 5 }, longestAimMs: 50 };

const report = (name: string, source?: string): FunctionReport => ({
  name,
  logicalId: name,
  ...(source === undefined ? {} : { source }),
  processes: 1,
  running: 0,
  invocations: 0,
  errors: 0,
  timeouts: 0,
  kills: 0,
  killsWhileRunning: 0,
  logFile: 'log',
});

/** Functions that run whenever `isRunning` says so, and count how they are killed. */
function aws(isRunning: (name: string) => boolean) {
  const functions = [report('IngestA', 'a'), report('IngestB', 'b'), report('Commit'), report('Sweep')];
  const order: string[] = [];
  const host = {
    functions: () => functions.map((each) => ({ ...each, running: isRunning(each.name) ? 1 : 0 })),
    killProcess(name: string) {
      order.push(name);
      const each = functions.find((candidate) => candidate.name === name)!;
      each.kills++;
      if (isRunning(name)) each.killsWhileRunning++;
      return { killed: true, running: isRunning(name) };
    },
  };
  return { host: host as unknown as LocalAws, order };
}

async function until(condition: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 30_000; !condition() && Date.now() < endMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('kills until it has hit what a run owes, and says so', async () => {
  const { host, order } = aws(() => true);
  const chaos = new Chaos(host, 1, tempo);
  await until(() => chaos.satisfied());
  await chaos.stop();
  const { seed, kills, whileRunning, ingest, commit } = chaos.report();
  expect(seed).toBe(1);
  expect(kills).toBe(order.length);
  expect(whileRunning).toBeGreaterThanOrEqual(10);
  expect(ingest.whileRunning).toBeGreaterThanOrEqual(3);
  expect(commit.whileRunning).toBeGreaterThanOrEqual(3);
});

test('aims at functions that run an invocation', async () => {
  const { host, order } = aws((name) => name === 'IngestB' || name === 'Commit');
  const chaos = new Chaos(host, 2, tempo);
  await until(() => order.length >= 3);
  await chaos.stop();
  expect(new Set(order)).not.toContain('IngestA');
  expect(new Set(order)).not.toContain('Sweep');
});

test('owes kills as long as they hit idle processes', async () => {
  const { host } = aws(() => false);
  const chaos = new Chaos(host, 3, tempo);
  await until(() => chaos.report().kills >= 1);
  await chaos.stop();
  expect(chaos.report()).toMatchObject({ whileRunning: 0 });
  expect(chaos.satisfied()).toBe(false);
});
