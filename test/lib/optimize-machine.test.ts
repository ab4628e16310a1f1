import { StateMachine } from 'aws-local-stepfunctions';
import { expect, test } from 'vitest';
import type { OptimizeTask } from '#contract/optimize-machine.ts';
import { optimizeDefinition } from '../../lib/constructs/optimize-definition.ts';

const request = { tableId: 'id', tableName: 'clicks', dryRun: false };
const bins = [
  { start: 0, end: 10 },
  { start: 10, end: 30 },
];
const planned = { tableName: 'clicks', run: '_optimize/r.jsonl', version: 7, bins };

/** Runs the iterator for one table; `answer` stands for the function. */
async function run(answer: (task: OptimizeTask) => unknown) {
  const tasks: OptimizeTask[] = [];
  const definition = optimizeDefinition({ functionArn: 'arn:optimize', binsAtOnce: 1 });
  const machine = new StateMachine(definition as never, { validationOptions: { checkArn: false } });
  const invoke = async ({ Payload }: { Payload: OptimizeTask }) => {
    tasks.push(Payload);
    return { Payload: await answer(Payload) };
  };
  const execution = machine.run(request, {
    overrides: {
      taskResourceLocalHandlers: { Plan: invoke, Merge: invoke, Finish: invoke },
      retryIntervalOverrides: { Plan: 0, Merge: 0, Finish: 0 },
    },
  } as never);
  return { tasks, outcome: await execution.result };
}

test('bins are planned, merged each for itself, and the run is finished', async () => {
  const { tasks, outcome } = await run(({ step }) => (step === 'plan' ? planned : {}));
  const merge = { step: 'merge', tableName: 'clicks', run: '_optimize/r.jsonl', version: 7 };
  expect(tasks).toEqual([
    { step: 'plan', ...request },
    { ...merge, bin: bins[0] },
    { ...merge, bin: bins[1] },
    { step: 'finish', tableName: 'clicks', run: '_optimize/r.jsonl', failed: false },
  ]);
  expect(outcome).toBe('done');
});

test('where there is nothing to merge, nobody is asked to', async () => {
  const { tasks, outcome } = await run(() => ({ ...planned, bins: [] }));
  expect([tasks.length, outcome]).toEqual([1, 'done']);
});

test('a bin that fails leaves the others be; the table has failed', async () => {
  const { tasks, outcome } = await run((task) => {
    if (task.step === 'merge' && task.bin.start === 0) throw new Error('no');
    return task.step === 'plan' ? planned : {};
  });
  expect(tasks.map(({ step }) => step)).toEqual(['plan', 'merge', 'merge', 'finish']);
  expect([tasks.at(-1), outcome]).toMatchObject([{ failed: true }, 'failed']);
});

test('a plan that fails is the table failing; one that Lambda could not run is asked for again', async () => {
  const broken = await run(() => {
    throw new Error('no');
  });
  expect([broken.tasks.length, broken.outcome]).toEqual([1, 'failed']);
  let calls = 0;
  const busy = await run(({ step }) => {
    if (calls++ === 0) throw Object.assign(new Error('busy'), { name: 'Lambda.TooManyRequestsException' });
    return step === 'plan' ? planned : {};
  });
  expect(busy.outcome).toBe('done');
});
