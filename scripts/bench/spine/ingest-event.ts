/** Child process: ingests one full event again and again, over a ledger in memory and a store that forgets; maybe by a route. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KinesisStreamEvent, MSKEvent } from 'aws-lambda';
import { parse } from 'yaml';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { batchIngest } from '#pipeline/ingest/ingest-batch.ts';
import { ingestSettingsOf } from '#pipeline/ingest/ingest-settings.ts';
import { readKafkaEvent } from '#pipeline/ingest/kafka-event.ts';
import { readKinesisEvent } from '#pipeline/ingest/kinesis-event.ts';
import { memoryLedger } from '../../../test/support/memory-ledger.ts';
import { peakMiB } from '../peak-memory.ts';
import { median } from '../suite.ts';
import { fullEvent } from './events.ts';

const warmUps = 8;
const rounds = 15;

const [origin, routedBy, maxBytes] = process.argv.slice(2) as ['kinesis' | 'kafka', string?, string?];
const { text, records, payloadBytes } = fullEvent(origin, maxBytes === undefined ? undefined : Number(maxBytes));
const local = parse(await readFile(join(import.meta.dirname, '../../../config/local.yaml'), 'utf8'));
const { table, ...source } = local.sources.analytics;
if (routedBy !== undefined && routedBy !== '') {
  local.sources.analytics = { ...source, route: { table: `${table}-{part}`, by: { part: routedBy } } };
  local.tables[`${table}-*`] = local.tables[table];
}
const settings = ingestSettingsOf({ ...settingsSchema.parse(local), environment: 'bench' }, 'analytics');

let stagedBytes = 0;
const store = {
  put: async (_path: string, bytes: Uint8Array) => {
    stagedBytes = bytes.length;
  },
};
let ids = 0;
const engines = kernelEngines();

async function once(): Promise<number> {
  const ingest = batchIngest(settings, {
    ledger: memoryLedger(),
    storeOf: () => store as never,
    lakeTable: async () => undefined,
    engines,
    clock: Date.now,
    ids: () => String(++ids),
    measurements: { count: () => undefined },
  });
  const startedMs = performance.now();
  const event: unknown = JSON.parse(text);
  const { firstUnaccepted } = await ingest((payloads) =>
    origin === 'kinesis'
      ? readKinesisEvent(event as KinesisStreamEvent, 'analytics', payloads)
      : readKafkaEvent(event as MSKEvent, 'analytics', 'analytics-events', payloads),
  );
  const ms = performance.now() - startedMs;
  if (firstUnaccepted.size > 0) throw new Error('expected the whole event to be accepted');
  return ms;
}

const first = await once();
for (let round = 1; round < warmUps; round++) await once();
const timed: number[] = [];
const cpuBefore = process.cpuUsage();
for (let round = 0; round < rounds; round++) timed.push(await once());
const cpu = process.cpuUsage(cpuBefore);
const ms = median(timed);
console.log(
  JSON.stringify({
    records,
    firstMs: first,
    ms,
    cpuMs: (cpu.user + cpu.system) / 1000 / rounds,
    eventMBperS: text.length / 1e6 / (ms / 1000),
    payloadMBperS: payloadBytes / 1e6 / (ms / 1000),
    recordsPerS: records / (ms / 1000),
    fileKB: stagedBytes / 1000,
    peakRssMB: (peakMiB() * 1024 ** 2) / 1e6,
  }),
);
