import { StateMachine } from 'aws-local-stepfunctions';
import { expect, test } from 'vitest';
import type { RestoreInput } from '#contract/restore.ts';
import { restoreDefinition } from '../../lib/constructs/restore-definition.ts';

/** As the machines of this machine have it. */
const entered = {
  State: {
    get EnteredTime() {
      return new Date().toISOString();
    },
  },
};

const input: RestoreInput = { tableName: 'clicks', to: { version: 3 }, dryRun: false };

/** Runs the machine; `answer` stands for the function. */
async function run(answer: () => unknown, more: Partial<RestoreInput> = {}) {
  const asked: unknown[] = [];
  const machine = new StateMachine(restoreDefinition('arn:restore') as never, {
    validationOptions: { checkArn: false },
  });
  const execution = machine.run(
    { ...input, ...more } as never,
    {
      overrides: {
        taskResourceLocalHandlers: {
          Restore: async (parameters: { Payload: unknown }) => {
            asked.push(parameters.Payload);
            return { StatusCode: 200, Payload: answer() };
          },
        },
        retryIntervalOverrides: { Restore: 0 },
      },
      context: entered,
    } as never,
  );
  const status = await execution.result.then(
    () => 'succeeded',
    (error: Error) => (error.cause as Error | undefined)?.name ?? error.name,
  );
  return { asked, status };
}

const failing = (name: string) => () => {
  throw Object.assign(new Error('no'), { name });
};

test.each(['restored', 'planned', 'same'])('a restore that ends as %s has succeeded', async (kind) => {
  expect(await run(() => ({ kind }))).toEqual({ asked: [input], status: 'succeeded' });
});

test.each(['filesGone', 'noTable'])('one that ends as %s is refused', async (kind) => {
  expect((await run(() => ({ kind }))).status).toBe('RestoreRefused');
});

test('it waits until it is time', async () => {
  const atMs = Date.now() + 300;
  const { status } = await run(() => ({ kind: Date.now() >= atMs ? 'restored' : 'tooEarly' }), {
    at: new Date(atMs).toISOString(),
  });
  expect(status).toBe('succeeded');
});

test('it does not go by a wait that ends early, as one of many days does here', async () => {
  const asked: unknown[] = [];
  const machine = new StateMachine(restoreDefinition('arn:restore') as never, {
    validationOptions: { checkArn: false },
  });
  const at = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const { abort, result } = machine.run(
    { ...input, at } as never,
    {
      overrides: { taskResourceLocalHandlers: { Restore: async (parameters: unknown) => asked.push(parameters) } },
      context: entered,
    } as never,
  );
  const ended = result.then(
    () => 'succeeded',
    () => 'aborted',
  );
  setTimeout(abort, 300);
  expect(await ended).toBe('aborted');
  expect(asked).toEqual([]);
});

test('it is tried again only where the function cannot have run', async () => {
  let calls = 0;
  const busyOnce = () => (calls++ === 0 ? failing('Lambda.TooManyRequestsException')() : { kind: 'restored' });
  expect(await run(busyOnce)).toEqual({ asked: [input, input], status: 'succeeded' });
  expect(await run(failing('Lambda.ServiceException'))).toEqual({ asked: [input], status: 'Lambda.ServiceException' });
});
