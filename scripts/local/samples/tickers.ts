import { readDataset } from './dataset.ts';
import { type Sample, sampleKey } from './sample.ts';

/** One trade, as it becomes a row of `stock_prices`. Digits are text: neither fits a double. */
export interface Trade {
  eventTime: string;
  ticker: string;
  price: string;
  /** Odd and above 2^53: no double holds it. */
  tradeId: bigint;
  /** price × quantity with six decimals: up to 20 digits. */
  notional: string;
}

const firstTradeId = 2n ** 53n + 1n;
const priceScale = 6;

const isoDate = (date: string): string => new Date(`${date} UTC`).toISOString();

function toMillionths(price: string): bigint {
  const [whole = '0', fraction = ''] = price.split('.');
  return BigInt(whole + fraction.padEnd(priceScale, '0').slice(0, priceScale));
}

function decimal(millionths: bigint): string {
  const digits = millionths.toString().padStart(priceScale + 1, '0');
  return `${digits.slice(0, -priceScale)}.${digits.slice(-priceScale)}`;
}

/** Rows of a CSV without quotes, by its header's names. */
function rows(csv: string): Record<string, string>[] {
  const [header = '', ...lines] = csv.trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, column) => [names[column], cell])));
}

/** Monthly prices of five stocks, then daily ones of the S&P 500 index (`SPX`) with the volume as quantity. */
export async function readTrades(): Promise<Trade[]> {
  const stocks = rows(await readDataset('stocks.csv')).map((row, index) => ({
    eventTime: isoDate(row.date!),
    ticker: row.symbol!,
    price: row.price!,
    quantity: 98_765_432_101n + BigInt(index) * 7_919n,
  }));
  const index = rows(await readDataset('sp500-2000.csv')).map((row) => ({
    eventTime: isoDate(row.date!),
    ticker: 'SPX',
    price: row.close!,
    quantity: BigInt(row.volume!),
  }));
  return [...stocks, ...index].map(({ quantity, ...trade }, place) => ({
    ...trade,
    tradeId: firstTradeId + 2n * BigInt(place),
    notional: decimal(toMillionths(trade.price) * quantity),
  }));
}

export const tradeJson = ({ eventTime, ticker, price, tradeId, notional }: Trade): string =>
  `{"event_time":"${eventTime}","ticker":"${ticker}","price":${price},"trade_id":${tradeId},"notional":${notional}}`;

export const tickerSamples = async (): Promise<Sample[]> =>
  (await readTrades()).map((trade, index) => ({ key: sampleKey('trade', index), value: tradeJson(trade) }));
