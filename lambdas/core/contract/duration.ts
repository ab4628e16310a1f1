import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it (`500ms`, `2s`, `15m`, `24h`, `7d`); parsed to milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'expected a duration such as 500ms, 2s, 15m, 24h or 7d')
  .transform((text) => {
    const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) as unknown as [string, string, keyof typeof unitMs];
    return Number(count) * unitMs[unit];
  });

export const hoursMs = unitMs.h;
export const daysMs = unitMs.d;

/** A duration of whole seconds, at most the 300 that AWS gathers batches for. */
export const wholeSeconds = duration.refine(
  (value) => value % unitMs.s === 0 && value <= 300 * unitMs.s,
  'expected whole seconds, 300s at most',
);

const unitBytes = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** A size as a number of bytes or as text (`64KiB`, `128MiB`, `1GiB`); parsed to bytes. */
export const byteSize = z.union([
  z.int().positive(),
  z
    .string()
    .regex(/^\d+(KiB|MiB|GiB)$/, 'expected a number of bytes, or a size such as 64KiB, 128MiB or 1GiB')
    .transform((text) => {
      const [, count, unit] = /^(\d+)(KiB|MiB|GiB)$/.exec(text) as unknown as [string, string, keyof typeof unitBytes];
      return Number(count) * unitBytes[unit];
    }),
]);
