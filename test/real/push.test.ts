import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NpmStart, newDataFolder, readReport, removeDataFolder } from '../support/npm-start.ts';
import { kcat } from './support/kcat.ts';
import { runPython } from './support/python.ts';

/* Clients in other languages push into the running stack: boto3 to Kinesis, librdkafka and kcat to Kafka. */
const samples = 20;
const upWithinMs = 120_000;
/** `latency` is 2 s after a window of 1 s; as much again and a little for a busy machine that also reads the tables. */
const visibleWithinMs = 8_000;
/** So long are rows looked for, to say how late they are. */
const lookForMs = 60_000;

interface Pushed {
  pushed: number;
  found: number;
  visibleMs: number | null;
}

const folder = newDataFolder();
let pipeline: NpmStart;

beforeAll(async () => {
  pipeline = new NpmStart(folder, ['--samples', String(samples)]);
  await pipeline.says(/Up until Ctrl-C/, upWithinMs);
});
afterAll(async () => {
  pipeline?.killAll('SIGKILL');
  await pipeline?.ended;
  removeDataFolder(folder);
});

test('what boto3, librdkafka and kcat push is in the tables when `latency` has passed', async () => {
  const tables = dirname(readReport(folder).tables.flights!.path);
  const tool = kcat();
  const pushed: Record<string, Pushed> = await runPython('push_records.py', [
    join(folder, 'endpoints.json'),
    tables,
    String(lookForMs / 1000),
    ...(tool === undefined ? [] : [tool.program, tool.libraries]),
  ]);
  console.log(pushed);
  for (const [table, { pushed: count, found, visibleMs }] of Object.entries(pushed)) {
    expect({ table, found }).toEqual({ table, found: count });
    expect(visibleMs, `ms until ${table} was whole`).toBeLessThanOrEqual(visibleWithinMs);
  }
  expect(pushed.dead_letters!.pushed).toBe(1);
});

test('the audit counts what was pushed, and balances', async () => {
  const before = { tickers: samples + 11, flights: samples + 11 };
  await pipeline.says(new RegExp(`tickers +${before.tickers + 50} `), lookForMs);
  await pipeline.says(new RegExp(`flights +${before.flights + 51} `), lookForMs);
  expect(readReport(folder)).toMatchObject({
    balanced: true,
    sources: { tickers: { missing: 0 }, flights: { missing: 0 } },
  });
});

test('Ctrl-C ends it, with exit code 0', async () => {
  pipeline.killAll('SIGINT');
  expect(await pipeline.ended, pipeline.output).toBe(0);
});
