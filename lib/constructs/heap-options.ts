/** Lambda's own share, 5 %, of a function of one processor is 88 MiB: it would be filled before anything is collected, and cost no less. */
const maxYoungMiB = 16;

/** As Lambda divides memory where nothing is said of it, but for the young generation. Whoever says one of both has to say both. */
export const heapOptions = (memoryMiB: number): string => {
  const youngMiB = Math.min(maxYoungMiB, Math.trunc(memoryMiB / 20));
  return `--max-semi-space-size=${youngMiB} --max-old-space-size=${Math.trunc(memoryMiB * 0.9)}`;
};
