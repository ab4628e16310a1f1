import type { FunctionSpec } from './function-spec.ts';

/**
 * How Lambda's Node.js runtime divides a function's memory: a twentieth for each half of the young generation, nine tenths for the old
 * one. Where the function's own `NODE_OPTIONS` speak of either, nothing is said of both.
 */
export function heapFlags({ memoryMiB, environment }: Pick<FunctionSpec, 'memoryMiB' | 'environment'>): string[] {
  if (/max[-_](?:semi|old)[-_]space[-_]size/.test(environment.NODE_OPTIONS ?? '')) return [];
  const youngMiB = Math.trunc(memoryMiB / 10);
  return [`--max-semi-space-size=${Math.trunc(youngMiB / 2)}`, `--max-old-space-size=${memoryMiB - youngMiB}`];
}
