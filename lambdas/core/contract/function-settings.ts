import { z } from 'zod';
import { leaseS } from './commit-machine.ts';
import { duration } from './duration.ts';

const oneProcessorMiB = 1769;

/** Lambda's. */
const anyTimeout = { leastS: 1, mostS: 900, since: '' };

/** A lease that ran out while its commit goes on would let in another, which does the same work. */
const commitTimeout = {
  leastS: 1,
  mostS: leaseS - 30,
  since: `, since its lease of the table runs out after ${leaseS}s`,
};

/** Requests that nobody answers are given up, and tried again, for a minute: who dies of them says that records kill it. */
const ingestTimeout = { leastS: 120, mostS: 900, since: ', since requests to S3 may take a minute to fail' };

const minutes = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`);

const functionSize = (memoryMiB: number, timeout: string, { leastS, mostS, since } = anyTimeout) => ({
  memoryMiB: z.int().min(128).max(10_240).default(memoryMiB).describe('Memory; 1769 is one processor.'),
  timeout: duration
    .refine((value) => value % 1000 === 0 && value >= leastS * 1000 && value <= mostS * 1000, {
      message: `expected whole seconds from ${minutes(leastS)} to ${minutes(mostS)}${since}`,
    })
    .prefault(timeout)
    .describe(`The longest that one invocation may take, ${minutes(leastS)} to ${minutes(mostS)}${since}.`),
});

const withTimeoutMs = <T extends { timeout: number }>({ timeout: timeoutMs, ...rest }: T) => ({ ...rest, timeoutMs });

const lambda = (...size: Parameters<typeof functionSize>) =>
  z
    .strictObject(functionSize(...size))
    .transform(withTimeoutMs)
    .prefault({});

/** From here on Lambda gives a function two processors. */
const twoProcessorsMiB = 2 * oneProcessorMiB;

const ingestFunction = z
  .strictObject({
    ...functionSize(oneProcessorMiB, '5m', ingestTimeout),
    secondCore: z
      .boolean()
      .default(false)
      .describe(
        `Whether a second thread scans and encodes half of each batch of plain JSON with 6,000 records or more, into a row group of its own. It takes memoryMiB of ${twoProcessorsMiB} or more, which is two processors.`,
      ),
  })
  .superRefine(({ memoryMiB, secondCore }, context) => {
    if (!secondCore || memoryMiB >= twoProcessorsMiB) return;
    context.addIssue({
      code: 'custom',
      path: ['secondCore'],
      message: `expected functions.ingest.memoryMiB of ${twoProcessorsMiB} or more, which is two processors, for a second core; got ${memoryMiB}`,
    });
  })
  .transform(withTimeoutMs)
  .prefault({});

/** Sizes of functions. */
export const functionSettings = z.strictObject({
  ingest: ingestFunction.describe('The functions that read sources, one for each.'),
  commit: lambda(1024, '2m', commitTimeout).describe('The function that commits.'),
  checkpoint: lambda(2048, '10m').describe('The function that writes checkpoints.'),
  divert: lambda(2048, '10m').describe('The function that makes dead letters of rows that contradict the log.'),
  sweep: lambda(1024, '1m').describe(
    'The function that starts due commits each minute: a thousand tables take it 11 s of a processor.',
  ),
  vacuum: lambda(2048, '15m').describe('The function that deletes files that no retained version of a table names.'),
  logCleanup: lambda(2048, '15m').describe('The function that deletes versions of a table past their retention.'),
  optimize: lambda(3008, '15m').describe(
    'The function that merges small files of one partition: most of its memory is for rows that are written anew.',
  ),
  repair: lambda(2048, '15m').describe('The function that takes missing files of one table out of its log.'),
  repairExpired: lambda(2048, '5m').describe(
    'The function that takes files that S3 has told of as expired out of their logs.',
  ),
  restore: lambda(3008, '15m').describe(
    'The function that makes a table what it was: its memory grows with the files of the table.',
  ),
});
