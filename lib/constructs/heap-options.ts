import { smallFunctionMiB } from '#contract/environment.ts';

/** Lambda's own share, 5 %, of a function of one processor is 88 MiB: it would be filled before anything is collected, and cost no less. */
const maxYoungMiB = 16;
/** Where gigabytes go through a function, most of what it holds is what was not collected yet. */
const maxStreamingYoungMiB = 4;

const sizes = (memoryMiB: number, youngMiB: number): string =>
  `--max-semi-space-size=${Math.trunc(youngMiB)} --max-old-space-size=${Math.trunc(memoryMiB * 0.9)}`;

/** As Lambda divides memory where nothing is said of it, but for the young generation. Whoever says one of both has to say both. */
export const heapOptions = (memoryMiB: number): string => sizes(memoryMiB, Math.min(maxYoungMiB, memoryMiB / 20));

/**
 * Variables of a function that copies files: it may collect what it has read when it wants to (`adapters/aws/s3-body.ts`), and its
 * allocator keeps freed memory in one place instead of one for each thread. A small function has one thread of V8's besides its own.
 */
export const streamingVariables = (memoryMiB: number): Record<string, string> => ({
  NODE_OPTIONS: [
    sizes(memoryMiB, Math.min(maxStreamingYoungMiB, Math.max(1, memoryMiB / 100))),
    '--expose-gc',
    ...(memoryMiB <= smallFunctionMiB ? ['--v8-pool-size=1'] : []),
  ].join(' '),
  MALLOC_ARENA_MAX: '1',
});
