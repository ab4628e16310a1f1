import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyticsEvent } from '../../scripts/local/samples/analytics-events.ts';
import { lakeWorld } from '../support/capability.ts';

const file = 'config/examples/python-analytics.yaml';
const settings = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
const columns = [
  ...['timestamp', 'channel', 'platform', 'event_type', 'event_category', 'resource_id', 'resource_title'],
  ...['interaction_target', 'session_id', 'user_id', 'device_id', 'user_agent', 'client_version'],
  ...['interaction_value', 'interaction_text', 'metadata'],
];

test('P2 analytics events are rows of the 16 columns, what is missing is null, and metadata is JSON text', async () => {
  const world = await lakeWorld(settings, { file });
  const events = Array.from({ length: 250 }, (_, index) => analyticsEvent(1, index));
  const least = {
    timestamp: '2026-11-21T12:00:00+01:00',
    event_type: 'click',
    metadata: { variant: 'A', n: [1, 2.5] },
  };
  await world.push(
    'analytics',
    events.map((value) => ({ value })),
  );
  await world.push('analytics', [{ value: least }]);
  await world.commit();
  const rows = await world.rows('analytics_events');
  expect(rows).toHaveLength(events.length + 1);
  const utc = (timestamp: string) => timestamp.replace('Z', '000Z');
  const nothing = Object.fromEntries(columns.map((column) => [column, null]));
  const expected = events
    .map((event) => JSON.parse(event))
    .map((event) => ({ ...nothing, ...event, timestamp: utc(event.timestamp) }));
  expect(rows).toEqual(expect.arrayContaining(expected));
  expect(Object.keys(rows[0]!)).toEqual(columns);
  expect(rows.find(({ user_agent }) => user_agent === null)).toEqual({
    ...nothing,
    timestamp: '2026-11-21T11:00:00.000000Z',
    event_type: 'click',
    metadata: '{"variant":"A","n":[1,2.5]}',
  });
});

test('P2 a timestamp that is none makes a dead letter, and never becomes the time of day', async () => {
  const world = await lakeWorld(settings, { file });
  const broken = ['yesterday', '', null, 1_700_000_000, '2026-02-30T00:00:00Z'].map((timestamp) => ({
    value: { timestamp, event_type: 'click' },
  }));
  await world.push('analytics', [...broken, { value: { timestamp: '2026-11-21T12:00:00Z', event_type: 'click' } }]);
  await world.commit();
  expect(await world.rows('analytics_events')).toHaveLength(1);
  const letters = await world.deadLetters();
  expect(letters.map(({ path }) => path)).toEqual(broken.map(() => '$.timestamp'));
  expect(letters.map(({ payload }) => payload).sort()).toEqual(broken.map(({ value }) => JSON.stringify(value)).sort());
});
