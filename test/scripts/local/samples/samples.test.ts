import { expect, test } from 'vitest';
import {
  analyticsEvent,
  eventSample,
  eventSet,
  parseEventSet,
} from '../../../../scripts/local/samples/analytics-events.ts';
import { brokenSamples, mixIn } from '../../../../scripts/local/samples/broken.ts';
import { earthquakeSamples, flightSamples, movieSamples } from '../../../../scripts/local/samples/datasets.ts';
import { readTrades, tickerSamples } from '../../../../scripts/local/samples/tickers.ts';

const keysOf = (samples: readonly { key: string }[]) => new Set(samples.map(({ key }) => key));

test('trades have ids and amounts that no double holds', async () => {
  const trades = await readTrades();
  expect(trades).toHaveLength(5_665);
  for (const { tradeId } of trades) expect(BigInt(Number(tradeId))).not.toBe(tradeId);
  const { price, notional } = trades.at(-1)!;
  expect({ price, notional }).toEqual({ price: '2874.560059', notional: '16649854300136.260000' });
  expect(notional).not.toBe(Number(notional).toFixed(6));
});

test('every sample has a key of its own and is JSON', async () => {
  for (const samples of [await tickerSamples(), await earthquakeSamples(), await movieSamples()]) {
    expect(keysOf(samples).size).toBe(samples.length);
    for (const { value } of samples) JSON.parse(String(value));
  }
});

test('numbers are sent as the data file has them', async () => {
  const flights = await flightSamples();
  expect(flights).toHaveLength(200_000);
  expect(flights[0]!.value).toBe('{"delay":0,"distance":1452,"time":0.0}');
});

test('an event is the same whenever it is made, has 16 columns at most and is wide', () => {
  const events = Array.from({ length: 2_000 }, (_, index) => analyticsEvent(1, index));
  expect(events[7]).toBe(analyticsEvent(1, 7));
  expect(new Set(events).size).toBe(events.length);
  expect(Math.max(...events.map((event) => Object.keys(JSON.parse(event)).length))).toBe(16);
  const meanBytes = events.reduce((sum, event) => sum + Buffer.byteLength(event), 0) / events.length;
  expect(meanBytes).toBeGreaterThan(500);
  expect(meanBytes).toBeLessThan(590);
});

test("a batch's keys tell its number and its size", () => {
  const batch = { number: 3, size: 500 };
  expect(eventSample(batch, 12).key).toBe('event-3-of-500/12');
  expect(parseEventSet(eventSet(batch))).toEqual(batch);
  expect(parseEventSet('flight')).toBeUndefined();
});

test('broken payloads are mixed in without losing or moving a sample', () => {
  const good = Array.from({ length: 30 }, (_, index) => ({ key: `good/${index}`, value: '{}' }));
  const broken = brokenSamples('flights', true);
  const mixed = mixIn(good, broken);
  expect(mixed.filter(({ key }) => key.startsWith('good'))).toEqual(good);
  expect(mixed.filter(({ key }) => key.startsWith('broken'))).toEqual(broken);
  expect(keysOf(mixed).size).toBe(good.length + broken.length);
  expect(broken.some(({ value }) => value === null)).toBe(true);
  expect(brokenSamples('tickers', false).some(({ value }) => value === null)).toBe(false);
});
