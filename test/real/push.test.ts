import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../scripts/local/report/report.ts';
import { newDataFolder, type RunningPipeline, removeDataFolder, startPipeline } from './support/pipeline.ts';
import { runPython } from './support/python.ts';

/* Clients in other languages push into the running stack: boto3 to Kinesis, librdkafka to Kafka. */
const samples = 20;
const upWithinMs = 120_000;
/** `latency` is 2 s and windows are 1 s; the rest is for a busy machine. */
const visibleWithinMs = 30_000;

interface Pushed {
  pushed: number;
  found: number;
  visibleMs: number | null;
}

const folder = newDataFolder();
let pipeline: RunningPipeline;
const report = (): Report => JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));

beforeAll(async () => {
  pipeline = startPipeline(folder, ['--samples', String(samples)]);
  await pipeline.printed(/Up until Ctrl-C/, upWithinMs);
});
afterAll(async () => {
  pipeline?.kill('SIGKILL');
  await pipeline?.ended;
  removeDataFolder(folder);
});

test('what boto3 and librdkafka push is in the tables when `latency` has passed', async () => {
  const tables = dirname(report().tables.flights!.path);
  const seconds = String(visibleWithinMs / 1000);
  const pushed: Record<string, Pushed> = await runPython('push_records.py', [
    join(folder, 'endpoints.json'),
    tables,
    seconds,
  ]);
  console.log(pushed);
  for (const [table, { pushed: count, found, visibleMs }] of Object.entries(pushed)) {
    expect({ table, found }).toEqual({ table, found: count });
    expect(visibleMs, table).not.toBeNull();
  }
  expect(pushed.dead_letters!.pushed).toBe(1);
});

test('the audit counts what was pushed, and balances', async () => {
  const before = { tickers: samples + 11, flights: samples + 11 };
  await pipeline.printed(new RegExp(`tickers +${before.tickers + 50} `), visibleWithinMs);
  await pipeline.printed(new RegExp(`flights +${before.flights + 51} `), visibleWithinMs);
  expect(report()).toMatchObject({ balanced: true, sources: { tickers: { missing: 0 }, flights: { missing: 0 } } });
});

test('Ctrl-C ends it, with exit code 0', async () => {
  pipeline.kill('SIGINT');
  expect(await pipeline.ended, pipeline.output()).toBe(0);
});
