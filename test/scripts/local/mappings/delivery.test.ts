import { describe, expect, it } from 'vitest';
import { type Condition, type DeliveryPort, deliver } from '../../../../scripts/local/mappings/delivery.ts';
import { entryOf } from '../../../../scripts/local/mappings/entry.ts';
import type { DeliveryRules } from '../../../../scripts/local/mappings/mapping-spec.ts';

const plain: DeliveryRules = {
  maxRetryAttempts: -1,
  maxRecordAgeMs: -1,
  bisectOnError: false,
  reportItemFailures: false,
};

/** One record whose function fails the first `failures` times; what was invoked, waited for and given up. */
async function delivered(failures: number, rules: Partial<DeliveryRules>) {
  const givenUp: [Condition, number][] = [];
  const waitsMs: number[] = [];
  let invocations = 0;
  let acknowledged = 0;
  let nowMs = 0;
  const port: DeliveryPort<string> = {
    invoke: async () =>
      ++invocations <= failures
        ? { kind: 'failed', by: 'handler', error: { errorType: 'Error', errorMessage: 'no' } }
        : { kind: 'succeeded', payload: 'null' },
    verdict: () => ({ kind: 'done' }),
    acknowledge: (entries) => {
      acknowledged += entries.length;
    },
    giveUp: async (_, condition, attempts) => {
      givenUp.push([condition, attempts]);
    },
    onFailure: () => {},
    nowMs: () => nowMs,
    wait: async (delayMs) => {
      waitsMs.push(delayMs);
      nowMs += delayMs;
    },
    stopped: () => false,
  };
  await deliver([entryOf('a', '"a"', 0)], { ...plain, ...rules }, port);
  return { invocations, acknowledged, givenUp, longestWaitMs: Math.max(0, ...waitsMs) };
}

describe('a batch that fails', () => {
  it('is given up after 10 retries, which is 11 invocations, where 10 are allowed', async () => {
    expect(await delivered(1000, { maxRetryAttempts: 10 })).toMatchObject({
      invocations: 11,
      acknowledged: 1,
      givenUp: [['RetryAttemptsExhausted', 11]],
    });
    expect(await delivered(10, { maxRetryAttempts: 10 })).toMatchObject({ invocations: 11, givenUp: [] });
  });

  it('is not retried where no retry is allowed', async () => {
    expect(await delivered(1000, { maxRetryAttempts: 0 })).toMatchObject({
      invocations: 1,
      givenUp: [['RetryAttemptsExhausted', 1]],
    });
  });

  it('is retried without end at −1, 5 seconds apart at most', async () => {
    expect(await delivered(10_500, {})).toEqual({
      invocations: 10_501,
      acknowledged: 1,
      givenUp: [],
      longestWaitMs: 5_000,
    });
  });

  it('is given up when its records pass the age, however many retries are left', async () => {
    const { givenUp, acknowledged } = await delivered(1000, { maxRecordAgeMs: 60_000 });
    expect(givenUp.map(([condition]) => condition)).toEqual(['RecordAgeExceeded']);
    expect(acknowledged).toBe(1);
  });
});
