import { z } from 'zod';
import { KinesisError } from './kinesis-error.ts';

/** A place to read from, handed to the client as an opaque token. */
export interface ShardIterator {
  stream: string;
  /** Creation of the stream: a token does not read a later stream of the same name. */
  createdMs: number;
  shard: string;
  ordinal: number;
  issuedMs: number;
}

const lifetimeMs = 5 * 60_000;
const shape = z.tuple([z.string(), z.int(), z.string(), z.int(), z.int()]);

export const encodeIterator = ({ stream, createdMs, shard, ordinal, issuedMs }: ShardIterator): string =>
  btoa(JSON.stringify([stream, createdMs, shard, ordinal, issuedMs]));

/** Reads a token back: InvalidArgumentException for one never given out, ExpiredIteratorException after 5 minutes. */
export function decodeIterator(token: string, nowMs: number): ShardIterator {
  let fields: z.infer<typeof shape>;
  try {
    fields = shape.parse(JSON.parse(atob(token)));
  } catch {
    throw new KinesisError('InvalidArgumentException', `Invalid ShardIterator ${token.slice(0, 60)}`);
  }
  const [stream, createdMs, shard, ordinal, issuedMs] = fields;
  if (nowMs - issuedMs > lifetimeMs) {
    throw new KinesisError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${new Date(issuedMs).toISOString()} while right now it is ${new Date(nowMs).toISOString()}, which is further in the future than the tolerated delay of ${lifetimeMs} milliseconds.`,
    );
  }
  return { stream, createdMs, shard, ordinal, issuedMs };
}
