import { KinesisError } from './kinesis-error.ts';

/**
 * A sequence number: 56 decimal digits = "49" | time in ms, 15 digits | shard, 12 | ordinal in the shard, 27.
 * Within a shard neither time nor ordinal falls; a child shard's time lies after its parents'. Ordinal 0 is the shard's
 * own start, records count from 1.
 */
export interface SequenceNumber {
  timeMs: number;
  shard: number;
  ordinal: number;
}

const pattern = /^49(\d{15})(\d{12})(\d{27})$/;

const digits = (value: number, length: number): string => String(value).padStart(length, '0');

export const formatSequenceNumber = ({ timeMs, shard, ordinal }: SequenceNumber): string =>
  `49${digits(timeMs, 15)}${digits(shard, 12)}${digits(ordinal, 27)}`;

/** Parses a number this server gave out; anything else is an InvalidArgumentException. */
export function parseSequenceNumber(text: string): SequenceNumber {
  const match = pattern.exec(text);
  if (match === null) {
    throw new KinesisError(
      'InvalidArgumentException',
      `StartingSequenceNumber ${text} is invalid: expected a sequence number given out by this stream`,
    );
  }
  return { timeMs: Number(match[1]), shard: Number(match[2]), ordinal: Number(match[3]) };
}
