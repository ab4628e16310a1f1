import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../../../scripts/local/pipes/event-pattern.ts';

const event = {
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: 'manifest#7#03' } }, count: 5, tags: ['a', 'b'], empty: null },
};

describe('an event pattern', () => {
  it.each([
    ['a value', { eventName: ['INSERT'] }, true],
    ['any of several values', { eventName: ['MODIFY', 'INSERT'] }, true],
    ['another value', { eventName: ['REMOVE'] }, false],
    ['a prefix deep inside', { dynamodb: { Keys: { pk: { S: [{ prefix: 'manifest#' }] } } } }, true],
    ['another prefix', { dynamodb: { Keys: { pk: { S: [{ prefix: 'cursor#' }] } } } }, false],
    ['every field', { eventName: ['INSERT'], dynamodb: { count: [6] } }, false],
    ['a suffix', { dynamodb: { Keys: { pk: { S: [{ suffix: '#03' }] } } } }, true],
    ['text in any case', { eventName: [{ 'equals-ignore-case': 'insert' }] }, true],
    ['anything but a value', { eventName: [{ 'anything-but': ['REMOVE', 'MODIFY'] }] }, true],
    ['anything but this value', { eventName: [{ 'anything-but': 'INSERT' }] }, false],
    ['presence', { dynamodb: { NewImage: [{ exists: true }] } }, false],
    ['absence', { dynamodb: { NewImage: [{ exists: false }] } }, true],
    ['a range', { dynamodb: { count: [{ numeric: ['>', 0, '<=', 5] }] } }, true],
    ['a range outside', { dynamodb: { count: [{ numeric: ['>', 5] }] } }, false],
    ['null', { dynamodb: { empty: [null] } }, true],
    ['a member of a list', { dynamodb: { tags: ['b'] } }, true],
  ])('matches by %s', (_, pattern, expected) => {
    expect(matchesPattern(event, pattern)).toBe(expected);
  });

  it('refuses a comparison that it does not know', () => {
    expect(() => matchesPattern(event, { eventName: [{ wildcard: 'I*' }] })).toThrow(/wildcard/);
  });
});
