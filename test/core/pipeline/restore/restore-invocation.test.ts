import { expect, test } from 'vitest';
import { restoreRequest } from '#pipeline/restore/restore-invocation.ts';

const asked = { tableName: 'clicks', to: { version: 3 }, dryRun: false };

test('a version or an instant is what to go back to', () => {
  expect(restoreRequest(asked)).toEqual(asked);
  expect(restoreRequest({ ...asked, to: { timestamp: '2026-11-21T10:15:00Z' }, dryRun: true })).toEqual({
    tableName: 'clicks',
    to: { timestampMs: Date.UTC(2026, 10, 21, 10, 15) },
    dryRun: true,
  });
});

test.each([
  ['2026-11-21', Date.UTC(2026, 10, 21)],
  ['2026-11-21 10:15', Date.UTC(2026, 10, 21, 10, 15)],
  ['2026-11-21T10:15:01.123456789', Date.UTC(2026, 10, 21, 10, 15, 1, 123)],
  ['2026-11-21T10:15:00+02:00', Date.UTC(2026, 10, 21, 8, 15)],
])('the instant %s', (timestamp, timestampMs) => {
  expect(restoreRequest({ ...asked, to: { timestamp } })).toMatchObject({ to: { timestampMs } });
});

test.each([
  [{ ...asked, tableName: undefined }, 'expected tableName to be the name of a table, got nothing'],
  [{ ...asked, dryRun: 'false' }, 'expected dryRun to be true or false, got "false"'],
  [{ ...asked, to: undefined }, 'expected to: {"version": …} or to: {"timestamp": …}, got nothing'],
  [
    { ...asked, to: { version: 1, timestamp: '2026-11-21' } },
    'expected to: {"version": …} or to: {"timestamp": …}, got {"version":1,"timestamp":"2026-11-21"}',
  ],
  [{ ...asked, to: { version: '3' } }, 'expected to.version to be a whole number, got "3"'],
  [{ ...asked, to: { version: -1 } }, 'expected to.version to be a whole number, got -1'],
  [
    { ...asked, to: { timestamp: 'yesterday' } },
    'expected to.timestamp to be an instant such as 2026-11-21T10:15:00Z, got "yesterday"',
  ],
  [
    { ...asked, to: { timestamp: '2026-02-30T10:15:00Z' } },
    'expected to.timestamp to be an instant such as 2026-11-21T10:15:00Z, got "2026-02-30T10:15:00Z"',
  ],
])('%j is refused', (invocation, message) => {
  expect(() => restoreRequest(invocation as never)).toThrow(message);
});
