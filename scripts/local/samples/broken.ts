import { type Sample, sampleKey } from './sample.ts';

/** Payloads that cannot become rows of any table. */
const unreadable: readonly Sample['value'][] = [
  '{"cut off": [1, 2',
  'not JSON at all',
  '',
  '42',
  '["an", "array"]',
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  '{"twice": 1, "twice": 2}',
];

/** Payloads of the right form whose values do not fit, by source. */
const misfits: Record<string, readonly string[]> = {
  tickers: [
    '{"event_time":"yesterday","ticker":"MSFT","price":1.5,"trade_id":1,"notional":1}',
    '{"event_time":"2000-01-01T00:00:00Z","ticker":"MSFT","price":"dear","trade_id":1,"notional":1}',
    '{"event_time":"2000-01-01T00:00:00Z","ticker":"MSFT","price":1.5,"trade_id":9223372036854775808,"notional":1}',
    '{"event_time":"2000-01-01T00:00:00Z","ticker":"MSFT","price":1.5,"trade_id":1,"notional":0.0000001}',
    '{"event_time":"2000-01-01T00:00:00Z","ticker":"MSFT","price":1.5,"trade_id":1,"notional":1,"broker":"X"}',
  ],
  flights: ['{"delay":"late","distance":300,"time":1.5}', '{"delay":{"minutes":5},"distance":300,"time":1.5}'],
  earthquakes: ['{"type":"Feature","properties":"none","geometry":null,"id":"x"}', '{"type":7,"id":["x"]}'],
  movies: ['{"Title":{"en":"Nested"}}', '{"Title":"Two names for one column","US Gross":1,"US_Gross":2}'],
};

/** Broken payloads for a source; a topic gets tombstones too, which Kinesis has not. */
export function brokenSamples(source: string, isTopic: boolean): Sample[] {
  const values = [...unreadable, ...(misfits[source] ?? []), ...(isTopic ? [null, null] : [])];
  const sendable = isTopic ? values : values.filter((value) => value !== '');
  return sendable.map((value, index) => ({ key: sampleKey('broken', index), value }));
}

/** Spreads `broken` evenly over `good`, from the first third on. */
export function mixIn(good: readonly Sample[], broken: readonly Sample[]): Sample[] {
  const first = Math.floor(good.length / 3);
  const step = Math.max(1, Math.floor((good.length - first) / (broken.length + 1)));
  const mixed: Sample[] = [];
  let next = 0;
  good.forEach((sample, index) => {
    mixed.push(sample);
    if (next < broken.length && index >= first + next * step) mixed.push(broken[next++] as Sample);
  });
  return [...mixed, ...broken.slice(next)];
}
