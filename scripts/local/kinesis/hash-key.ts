import { hash } from 'node:crypto';
import { KinesisError } from './kinesis-error.ts';

const maxHashKey = (1n << 128n) - 1n;

/** Hash keys `from` to `to`, both included. */
export interface HashKeyRange {
  from: bigint;
  to: bigint;
}

/** Where a record belongs: its explicit hash key, or the MD5 of its partition key. */
export function hashKeyOf(partitionKey: string, explicitHashKey: string | undefined): bigint {
  return explicitHashKey === undefined ? BigInt(`0x${hash('md5', partitionKey)}`) : parseHashKey(explicitHashKey);
}

export function parseHashKey(text: string): bigint {
  const value = /^(0|[1-9]\d{0,38})$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > maxHashKey) {
    throw new KinesisError(
      'InvalidArgumentException',
      `Invalid hash key ${text}: expected a decimal number from 0 to ${maxHashKey}`,
    );
  }
  return value;
}

/** The whole key space cut into `count` ranges of equal length. */
export function evenRanges(count: number): HashKeyRange[] {
  const bound = (i: number): bigint => ((maxHashKey + 1n) * BigInt(i)) / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({ from: bound(i), to: bound(i + 1) - 1n }));
}
