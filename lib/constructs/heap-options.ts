/** Lambda's own share, 5 %, of a function of one processor is 88 MiB: it would be filled before anything is collected, and cost no less. */
const maxYoungMiB = 16;
/** Where gigabytes go through a function, most of what it holds is what was not collected yet. */
const maxStreamingYoungMiB = 4;

const sizes = (memoryMiB: number, maxMiB: number): string => {
  const youngMiB = Math.min(maxMiB, Math.trunc(memoryMiB / 20));
  return `--max-semi-space-size=${youngMiB} --max-old-space-size=${Math.trunc(memoryMiB * 0.9)}`;
};

/** As Lambda divides memory where nothing is said of it, but for the young generation. Whoever says one of both has to say both. */
export const heapOptions = (memoryMiB: number): string => sizes(memoryMiB, maxYoungMiB);

/**
 * Variables of a function that copies files: it may collect what it has read when it wants to (`adapters/aws/s3-body.ts`), and its
 * allocator keeps freed memory in one place instead of one for each thread.
 */
export const streamingVariables = (memoryMiB: number): Record<string, string> => ({
  NODE_OPTIONS: `${sizes(memoryMiB, maxStreamingYoungMiB)} --expose-gc`,
  MALLOC_ARENA_MAX: '1',
});
