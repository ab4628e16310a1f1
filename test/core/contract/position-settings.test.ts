import { describe, expect, test } from 'vitest';
import { sourceSettings } from '#contract/source-settings.ts';

const kafka = { kafka: { cluster: 'broker', topic: 'orders' }, table: 'orders' };
const kinesis = { kinesis: {}, table: 'orders' };

describe('starting positions by partition', () => {
  test('numbers and texts are positions', () => {
    const parsed = sourceSettings.parse({ ...kafka, startingPositions: { 0: 123, 7: '9007199254740991' } });
    expect(parsed.startingPositions).toEqual({ 0: '123', 7: '9007199254740991' });
    expect(sourceSettings.parse(kinesis).startingPositions).toEqual({});
  });

  test('a shard is named by its id, a position has up to 56 digits', () => {
    const positions = { 'shardId-000000000001': '49590338271490256608559692538361571095921575989136588898' };
    expect(sourceSettings.parse({ ...kinesis, startingPositions: positions }).startingPositions).toEqual(positions);
  });

  test.each<[string, object, string]>([
    [
      'a partition by its number',
      { ...kafka, startingPositions: { 'shardId-000000000000': 1 } },
      'expected the number of a partition',
    ],
    ['a shard by its id', { ...kinesis, startingPositions: { 0: 1 } }, 'expected the id of a shard'],
    ['other names', { ...kafka, startingPositions: { zero: 1 } }, 'Invalid key'],
    ['negative offsets', { ...kafka, startingPositions: { 0: -1 } }, 'startingPositions'],
    [
      'offsets past what JSON numbers hold',
      { ...kafka, startingPositions: { 0: '9007199254740992' } },
      'expected an offset',
    ],
    [
      'records that are never delivered',
      { ...kafka, startingPosition: 'LATEST', startingPositions: { 0: 1 } },
      'expected startingPosition: TRIM_HORIZON beside it, so that all of it is delivered; got LATEST',
    ],
  ])('refused: %s', (_, settings, message) => {
    expect(sourceSettings.safeParse(settings).error?.message).toContain(message);
  });
});
