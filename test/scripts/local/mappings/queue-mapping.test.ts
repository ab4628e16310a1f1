import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { InvocationOutcome } from '../../../../scripts/local/functions/invocation.ts';
import type { QueueMessage } from '../../../../scripts/local/mappings/queue-event.ts';
import { messagesDone, QueueMapping } from '../../../../scripts/local/mappings/queue-mapping.ts';
import { type SqsServer, startSqs } from '../../../../scripts/local/sqs/start-sqs.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-queues-'));
const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const until = (assertion: () => void | Promise<void>) => vi.waitFor(assertion, { timeout: 20_000, interval: 20 });

let sqs: SqsServer;
let queues = 0;
const running: QueueMapping[] = [];

beforeAll(async () => {
  sqs = await startSqs({ port: 0, root });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((mapping) => mapping.stop()));
});
afterAll(async () => {
  await sqs.close();
  rmSync(root, { recursive: true, force: true });
});

type Answer = (bodies: string[], messages: QueueMessage[]) => InvocationOutcome;
const ok: InvocationOutcome = { kind: 'succeeded', payload: '{"batchItemFailures":[]}' };
const failed: InvocationOutcome = {
  kind: 'failed',
  by: 'handler',
  error: { errorType: 'Error', errorMessage: 'as asked' },
};
const reported = (...identifiers: unknown[]): InvocationOutcome => ({
  kind: 'succeeded',
  payload: JSON.stringify({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) }),
});

/** A queue whose messages come back after a second, twice at most, with a mapping that answers as `answer` does. */
async function mapped(answer: Answer, { batchSize = 10, windowMs = 0, visibilityTimeoutS = 1 } = {}) {
  const name = `queue-${++queues}`;
  const dead = `${name}-dead`;
  const spec = { visibilityTimeoutS, retentionS: 3600, delayS: 0 };
  await sqs.ensureQueue({ ...spec, name: dead, arn: arnOf(dead) });
  const redrive = { deadLetterQueue: dead, maxReceives: 2 };
  await sqs.ensureQueue({ ...spec, name, arn: arnOf(name), redrive });
  const batches: string[][] = [];
  const start = () => {
    const mapping = new QueueMapping(
      {
        kind: 'sqs',
        id: name,
        functionName: 'f',
        enabled: true,
        queueName: name,
        queueArn: arnOf(name),
        batchSize,
        windowMs,
        reportItemFailures: true,
      },
      { client: sqs.client, url: sqs.urlOf(name), depth: () => sqs.depth(name) },
      {
        region: 'us-east-1',
        positionsFolder: root,
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
        async invoke(payload) {
          const { Records } = JSON.parse(payload) as { Records: QueueMessage[] };
          const bodies = Records.map(({ body }) => body);
          batches.push(bodies);
          return answer(bodies, Records);
        },
        putObject: () => Promise.reject(new Error('a queue’s mapping puts no object')),
        log: () => {},
      },
    );
    running.push(mapping);
    return mapping;
  };
  return { name, dead, batches, start, send: (body: string) => sqs.send(arnOf(name), body) };
}

describe('a mapping of a queue', () => {
  it('brings messages as Lambda has them, and deletes what is done', async () => {
    let event: QueueMessage[] = [];
    const { name, send, start } = await mapped((_, messages) => {
      event = messages;
      return ok;
    });
    await send('{"a":1}');
    const mapping = start();
    await until(async () => expect(await sqs.depth(name)).toEqual({ waiting: 0, inFlight: 0 }));
    expect(event).toMatchObject([
      {
        body: '{"a":1}',
        eventSource: 'aws:sqs',
        eventSourceARN: arnOf(name),
        awsRegion: 'us-east-1',
        attributes: { ApproximateReceiveCount: '1' },
      },
    ]);
    await until(() => expect(mapping.report()).toMatchObject({ kind: 'sqs', lag: 0, records: 1, failures: 0 }));
  });

  it('gathers a batch past ten messages while its window is open', async () => {
    const { batches, send, start } = await mapped(() => ok, {
      batchSize: 1000,
      windowMs: 1500,
      visibilityTimeoutS: 30,
    });
    for (let i = 0; i < 25; i++) await send(String(i));
    start();
    await until(() => expect(batches.flat()).toHaveLength(25));
    expect(batches).toHaveLength(1);
  });

  it('leaves the messages of a failed invocation to come back, and to be put aside after as many receives', async () => {
    const { name, dead, batches, send, start } = await mapped(() => failed);
    await send('poison');
    start();
    await until(async () => expect(await sqs.depth(dead)).toEqual({ waiting: 1, inFlight: 0 }));
    expect(batches).toEqual([['poison'], ['poison']]);
    expect(await sqs.depth(name)).toEqual({ waiting: 0, inFlight: 0 });
  });

  it('deletes what a partial answer leaves out, and nothing else', async () => {
    const { dead, batches, send, start } = await mapped((bodies, messages) =>
      reported(...messages.filter((_, at) => bodies[at] === 'bad').map(({ messageId }) => messageId)),
    );
    await send('good');
    await send('bad');
    start();
    await until(async () => expect((await sqs.depth(dead)).waiting).toBe(1));
    expect(batches.flat().filter((body) => body === 'good')).toHaveLength(1);
    expect(batches.flat().filter((body) => body === 'bad')).toHaveLength(2);
  });

  it('finds its messages again after a restart of the server', async () => {
    const own = mkdtempSync(join(tmpdir(), 'alluvium-queue-'));
    const spec = { name: 'kept', arn: arnOf('kept'), visibilityTimeoutS: 30, retentionS: 3600, delayS: 0 };
    const first = await startSqs({ port: 0, root: own });
    await first.ensureQueue(spec);
    await first.send(arnOf('kept'), 'still here');
    await first.close();
    const second = await startSqs({ port: 0, root: own });
    await second.ensureQueue({ ...spec, visibilityTimeoutS: 60 });
    expect(await second.depth('kept')).toEqual({ waiting: 1, inFlight: 0 });
    await second.close();
    rmSync(own, { recursive: true });
  });
});

describe('a partial answer', () => {
  const messages = ['a', 'b'].map((messageId) => ({ messageId }) as QueueMessage);
  const done = (payload: string) => messagesDone(messages, payload).map(({ messageId }) => messageId);

  it.each([
    ['{"batchItemFailures":[]}', ['a', 'b']],
    ['{}', ['a', 'b']],
    ['null', ['a', 'b']],
    ['{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['a']],
    ['{"batchItemFailures":[{"itemIdentifier":"c"}]}', []],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', []],
    ['{"batchItemFailures":[{}]}', []],
  ])('%s', (payload, expected) => {
    expect(done(payload)).toEqual(expected);
  });
});
