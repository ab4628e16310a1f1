import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { heapOptions, streamingVariables } from '../../lib/constructs/heap-options.ts';

describe('options of a function’s heap', () => {
  it('leave a tenth of the memory to what lies outside, and keep the young generation small', () => {
    expect(heapOptions(1769)).toBe('--max-semi-space-size=16 --max-old-space-size=1592');
    expect(heapOptions(128)).toBe('--max-semi-space-size=6 --max-old-space-size=115');
  });

  it('are taken by Node', () => {
    const script = "console.log(Math.round(require('v8').getHeapStatistics().heap_size_limit / 2 ** 20))";
    const env = { ...process.env, NODE_OPTIONS: heapOptions(1000) };
    const limitMiB = Number(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }));
    expect(limitMiB).toBeGreaterThanOrEqual(900);
    expect(limitMiB).toBeLessThan(1000);
  });
});

it('functions that copy files collect their young generation themselves, and a function that does not cannot', () => {
  expect(streamingVariables(1769)).toEqual({
    NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=1592 --expose-gc',
    MALLOC_ARENA_MAX: '1',
  });
  expect(streamingVariables(256).NODE_OPTIONS).toBe(
    '--max-semi-space-size=2 --max-old-space-size=230 --expose-gc --v8-pool-size=1',
  );
  const script = 'console.log(typeof globalThis.gc)';
  const typeOf = (variables: Record<string, string>) =>
    execFileSync(process.execPath, ['-e', script], { env: { ...process.env, ...variables }, encoding: 'utf8' }).trim();
  expect(typeOf(streamingVariables(1769))).toBe('function');
  expect(typeOf(streamingVariables(128))).toBe('function');
  expect(typeOf({ NODE_OPTIONS: heapOptions(1769) })).toBe('undefined');
});
