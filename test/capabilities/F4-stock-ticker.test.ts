import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTrades, tradeJson } from '../../scripts/local/samples/tickers.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = readFileSync(join(import.meta.dirname, '../../config/local.yaml'), 'utf8');

test('F4 the stock ticker of `npm start`: every trade is a row, exact to the last digit', async () => {
  const world = await lakeWorld(settings, { environment: 'local' });
  const trades = await readTrades();
  await world.push(
    'tickers',
    trades.map((trade, index) => ({ value: tradeJson(trade), partition: index % 2 })),
  );
  await world.push('tickers', [{ value: '{"event_time":"yesterday","ticker":"MSFT","price":1}' }]);
  await world.commit();
  const rows = await world.canonicalRows('stock_prices');
  expect(rows).toHaveLength(trades.length);
  const found = new Set(rows.map((row) => row.replace(/,"_source".*/, '')));
  for (const { eventTime, ticker, price, tradeId, notional } of trades) {
    const time = eventTime.replace('Z', '000Z');
    const texts = `"ticker":"${ticker}","price":${Number(price)},"trade_id":${tradeId},"notional":"${notional}"`;
    expect(found).toContain(`{"event_time":"${time}",${texts}`);
  }
  expect(await world.deadLetters()).toMatchObject([{ _source: 'tickers', path: '$.event_time' }]);
});

test('F4 what the generator of the Flink applications writes: names in capitals, times without a zone', async () => {
  const world = await lakeWorld(`
sources:
  tickers:
    kinesis: { shards: 1 }
    table: stock_prices
    transforms: { event_time: "join('', [EVENT_TIME, 'Z'])", price: floor(PRICE) }
tables:
  stock_prices:
    schema: [{ name: event_time, type: timestamp }, { name: ticker, type: string }, { name: price, type: integer }]
`);
  await world.push('tickers', [{ value: { EVENT_TIME: '2026-11-21T12:00:00.123456', TICKER: 'AMZN', PRICE: 12.34 } }]);
  await world.commit();
  expect(await world.rows('stock_prices')).toEqual([
    { event_time: '2026-11-21T12:00:00.123456Z', ticker: 'AMZN', price: 12 },
  ]);
});
