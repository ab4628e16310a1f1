import { z } from 'zod';

/** Where a source is first read, for all of its partitions. */
export const startingPosition = z.union([
  z.enum(['TRIM_HORIZON', 'LATEST']),
  z.strictObject({
    timestamp: z.iso.datetime({ offset: true }).describe('An instant, such as `2026-11-01T00:00:00Z`.'),
  }),
]);

const position = z
  .union([z.int().min(0), z.string().regex(/^(0|[1-9]\d{0,55})$/, 'expected an offset or a sequence number')])
  .transform(String);

/** By partition, the position of the first record that is taken. */
export const startingPositions = z.record(
  z.string().regex(/^(\d{1,9}|shardId-\d{12})$/, 'expected the number of a partition, or the id of a shard'),
  position,
);

/** What is wrong with starting positions of one source, by partition; an empty name stands for all of them. */
export function startingPositionFaults(
  positions: Readonly<Record<string, string>>,
  { kind, start }: { kind: 'kinesis' | 'kafka'; start: z.output<typeof startingPosition> },
): [partition: string, message: string][] {
  const partitions = Object.keys(positions);
  if (partitions.length > 0 && start !== 'TRIM_HORIZON') {
    const got = typeof start === 'string' ? start : start.timestamp;
    return [['', `expected startingPosition: TRIM_HORIZON beside it, so that all of it is delivered; got ${got}`]];
  }
  return partitions.flatMap((partition): [string, string][] => {
    const isShard = partition.startsWith('shardId-');
    if (isShard === (kind === 'kinesis')) {
      return isShard || BigInt(positions[partition] as string) <= BigInt(Number.MAX_SAFE_INTEGER)
        ? []
        : [[partition, `expected an offset; got ${positions[partition]}`]];
    }
    const wanted = kind === 'kinesis' ? 'the id of a shard, such as shardId-000000000000' : 'the number of a partition';
    return [[partition, `expected ${wanted}; got ${JSON.stringify(partition)}`]];
  });
}
