import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { deadLetterTable } from '#contract/settings.ts';
import { readTableLog } from '../../scripts/local/audit/read-log.ts';
import type { Endpoints } from '../../scripts/local/endpoints.ts';
import { queriesOf } from '../../scripts/local/report/queries.ts';
import type { SourceReport } from '../../scripts/local/report/report.ts';
import { readAssembly } from '../../scripts/local/templates/cloud-assembly.ts';
import { canonicalLines, openedTable } from '../support/canonical-lines.ts';
import { pushedRecords, readRows } from '../support/capability-evidence.ts';
import { NpmStart, newDataFolder, readReport, removeDataFolder } from '../support/npm-start.ts';

const withinMs = 240_000;
const patience = { timeout: 60_000, interval: 200 };
const sampleCount = 20;
let folder: string;
let stack: NpmStart;
let endpoints: Endpoints;
/** What the samples make of the flights. */
let sampled: SourceReport;
let sent = 0;

beforeAll(async () => {
  folder = newDataFolder();
  stack = new NpmStart(folder, ['--samples', `${sampleCount}`]);
  await stack.says(/Up until Ctrl-C/);
  sampled = readReport(folder).sources.flights!;
  endpoints = JSON.parse(await readFile(join(folder, 'endpoints.json'), 'utf8'));
}, withinMs);
afterAll(async () => {
  stack.killAll('SIGKILL');
  await stack.ended;
  removeDataFolder(folder);
});

/** Flights whose `distance` is all of these, in this order; then other values as they are. */
async function send(distances: readonly number[], others: readonly (string | null)[] = []): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [endpoints.kafka], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const values = [...distances.map((distance) => JSON.stringify({ distance })), ...others];
  await producer.send({ topic: 'flights', messages: values.map((value) => ({ key: 'k', value })) });
  if (others.length > 0) await producer.send({ topic: 'flihgts', messages: [{ value: '{}' }] });
  await producer.disconnect();
  pushedRecords(values.length);
  sent += values.length;
}

const pathOf = (table: string): string => join(folder, 'lake', endpoints.lakeBucket!, 'tables', table);

async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  const store = fileObjectStore(pathOf(table));
  const lines = await canonicalLines(store, await openedTable(store));
  readRows(lines.length);
  return lines.map((line) => JSON.parse(line));
}

/** Waits until a flight of each distance is a row; answers all rows. */
const rowsWith = (distances: readonly number[]): Promise<Record<string, unknown>[]> =>
  vi.waitFor(async () => {
    const rows = await rowsOf('flights');
    const there = rows.map(({ distance }) => distance).filter((distance) => distances.includes(Number(distance)));
    expect(there.sort()).toEqual([...distances].sort());
    return rows;
  }, patience);

const get = async (path: string): Promise<string> => (await fetch(`${endpoints.metrics}${path}`)).text();

test('B16 what runs on this machine is what the templates of the same infrastructure definition describe', async () => {
  const resources = readAssembly(join(folder, 'cdk.out')).flatMap(({ template }) =>
    Object.values(template.Resources ?? {}),
  );
  const described = (type: string) => resources.filter(({ Type }) => Type === type).length;
  const hosted = new Set([
    ...(await get('/metrics')).matchAll(/local_function_invocations_total\{function="([^"]+)"/g),
  ]);
  expect(hosted.size).toBe(described('AWS::Lambda::Function'));
  expect(endpoints.streams).toHaveLength(described('AWS::Kinesis::Stream'));
  await send([900_001]);
  await rowsWith([900_001]);
});

test('K18 metrics with their dimensions are there for Prometheus, and say what is in the tables', async () => {
  await send([900_002, 900_003]);
  const rows = await rowsWith([900_002, 900_003]);
  await vi.waitFor(async () => {
    const metrics = await get('/metrics');
    expect(metrics).toContain('# TYPE alluvium_rows_out_sum counter');
    const rowsOut = /alluvium_rows_out_sum\{[^}]*table="flights"[^}]*\} (\d+)/.exec(metrics)?.[1];
    expect(Number(rowsOut)).toBe(rows.length);
    expect(metrics).toMatch(/alluvium_records_in_sum\{[^}]*source="flights"[^}]*\} \d+/);
    expect(metrics).toMatch(/alluvium_freshness_ms_last\{[^}]*table="flights"[^}]*\} \d+/);
  });
});

test('P4 a page shows the tables and their newest rows, and queries are printed with real paths', async () => {
  await send([900_004]);
  await rowsWith([900_004]);
  expect(await get('/')).toContain('<a href="/tables/flights">flights</a>');
  const page = await get('/tables/flights');
  expect(page).toMatch(/<td>900004(\.0)?<\/td>/);
  expect(page).toContain(pathOf('flights'));
  expect(await get(`/tables/${deadLetterTable}`)).toContain('not JSON at all');
  for (const query of Object.values(queriesOf(pathOf('flights')))) expect(stack.output).toContain(query);
});

test('D10 records that any Kafka client sends are rows that other engines read', async () => {
  await send([900_005]);
  const rows = await rowsWith([900_005]);
  const { files } = (await readTableLog(pathOf('flights')))!;
  const connection = await (await DuckDBInstance.create()).connect();
  const paths = files.map(({ path }) => `'${path}'`).join(', ');
  const read = await connection.runAndReadAll(
    `SELECT count(*)::INTEGER, max(distance)::INTEGER FROM read_parquet([${paths}], union_by_name = true)`,
  );
  expect(read.getRows()).toEqual([[rows.length, 900_005]]);
});

test('B11 the audit says of every source that what came in is a row, a dead letter, or was dropped', {
  timeout: withinMs,
}, async () => {
  await send([900_006], ['no JSON', null]);
  await rowsWith([900_006]);
  await stack.says(/Kafka topic flihgts takes records, but no source reads it; topics that are read: .*flights/);
  const { sources, tables } = await vi.waitFor(() => {
    const report = readReport(folder);
    expect(report.sources.flights!.in).toBe(sampled.in + sent);
    expect(report.balanced).toBe(true);
    return report;
  }, patience);
  expect(Object.keys(sources).sort()).toEqual(['analytics', 'earthquakes', 'flights', 'movies', 'tickers']);
  for (const source of Object.values(sources)) {
    expect(source).toMatchObject({ missing: 0, duplicated: 0, strayed: 0 });
    expect(source.rows + source.deadLetters + source.dropped.tombstones).toBe(source.in);
  }
  const { deadLetters, dropped } = sources.flights!;
  expect(deadLetters).toBe(sampled.deadLetters + 1);
  expect(dropped.tombstones).toBe(sampled.dropped.tombstones + 1);
  expect(await rowsOf(deadLetterTable)).toHaveLength(tables[deadLetterTable]!.rows);
});

test('D8 it tells its health, and a stop in mid-stream loses nothing', { timeout: withinMs }, async () => {
  expect((await fetch(`${endpoints.metrics}/health`)).status).toBe(200);
  const distances = Array.from({ length: 500 }, (_, index) => 1_000_000 + index);
  await send(distances);
  stack.kill('SIGTERM');
  expect(await stack.ended, stack.output).toBe(0);
  stack = new NpmStart(folder, ['--once', '--samples', `${sampleCount}`]);
  expect(await stack.ended, stack.output).toBe(0);
  await rowsWith(distances);
  expect(readReport(folder).balanced).toBe(true);
});
