import { afterEach, expect, test, vi } from 'vitest';
import { SecondCore } from '#adapters/kernel/second-core.ts';
import { SplitFile } from '#adapters/kernel/split-file.ts';
import type { BatchEngines } from '#pipeline/ingest/batch-engine.ts';
import { type LakeWorld, lakeWorld, type PushedRecord } from '../../../support/capability.ts';
import { sharing, twoCoreEngines } from '../../../support/two-core-engines.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  clicks: { kafka: { cluster: broker, topic: clicks }, table: clicks, tombstones: deadLetter }
  views: { kinesis: { shards: 1 }, table: views }
tables:
  clicks: { positionColumns: true }
  views:
    partitionBy: [day]
    schema:
      - { name: id, type: long }
      - { name: day, type: date }
      - { name: price, type: 'decimal(18,4)' }
functions: { ingest: { memoryMiB: 3538, secondCore: true } }
`;

const encoded = vi.spyOn(SplitFile.prototype, 'encode');
afterEach(() => void encoded.mockClear());

/** The same world with one core and with two, the same records in the same batches. */
async function bothWorlds(
  batches: readonly { source: string; records: readonly PushedRecord[] }[],
  between: (batch: number, engines: BatchEngines) => Promise<void> = async () => undefined,
) {
  const failures: string[] = [];
  const engines = await twoCoreEngines(failures);
  const one = await lakeWorld(settings);
  const two = await lakeWorld(settings, { ingestPorts: { engines } });
  for (const [batch, { source, records }] of batches.entries()) {
    await one.push(source, records);
    await between(batch, engines);
    const outcome = await two.push(source, records);
    expect(outcome.firstUnaccepted.size).toBe(0);
  }
  for (const world of [one, two]) await world.commit();
  return { one, two, engines, failures };
}

async function expectSame(one: LakeWorld, two: LakeWorld, table: string): Promise<void> {
  const rows = await one.canonicalRows(table);
  expect(rows.length).toBeGreaterThan(0);
  expect(await two.canonicalRows(table)).toEqual(rows);
}

const click = (id: number) => ({ id, name: `user ${id % 700}`, ratio: id / 8, page: { path: `/${id % 13}` } });
const clicks = (count: number, change: (id: number) => unknown = click): PushedRecord[] =>
  Array.from({ length: count }, (_, id) => ({ value: change(id), partition: id % 3 }));

test('rows, dead letters, positions and new columns are those of one core', async () => {
  const odd: Record<number, unknown> = { 40: '{"id":', 6200: '{"id":"x', 6250: null, 700: null };
  const { one, two, failures } = await bothWorlds([
    { source: 'clicks', records: clicks(6_301) },
    { source: 'clicks', records: clicks(6_301, (id) => (id in odd ? odd[id] : click(id))) },
    { source: 'clicks', records: clicks(6_301, (id) => (id === 6100 ? { ...click(id), late: true } : click(id))) },
    { source: 'clicks', records: clicks(300) },
  ]);
  expect(failures).toEqual([]);
  // The first finds the table without columns, and the last is not worth it; the third is scanned again with one more.
  expect(encoded).toHaveBeenCalledTimes(3);
  await expectSame(one, two, 'clicks');
  await expectSame(one, two, 'dead_letters');
  expect(await two.deadLetters()).toHaveLength(4);
  expect(await two.rows('clicks')).toHaveLength(19_203 - 4);
});

test('partitions, and records that were delivered before, are those of one core', async () => {
  const view = (id: number) => ({ id, day: `2026-11-${20 + Math.floor(id / 6_500)}`, price: `${id}.25` });
  const records = Array.from({ length: 13_001 }, (_, id): PushedRecord => ({ value: view(id), position: id }));
  const { one, two, failures } = await bothWorlds([
    { source: 'views', records },
    { source: 'views', records },
    {
      source: 'views',
      records: [
        ...records.slice(12_000),
        ...records.map((record) => ({ ...record, position: 20_000 + (record.position as number) })),
      ],
    },
  ]);
  expect(failures).toEqual([]);
  expect(encoded.mock.calls.length).toBeGreaterThanOrEqual(2);
  await expectSame(one, two, 'views');
  expect(await two.rows('views')).toHaveLength(26_002);
});

test('no row is lost where second cores end, whenever they do', async () => {
  const ask = SecondCore.prototype.ask;
  const asked = vi.spyOn(SecondCore.prototype, 'ask');
  let ending = '';
  const batches = ['', 'scan', '', 'encode'];
  asked.mockImplementation(function (this: SecondCore, job) {
    const answer = ask.call(this, job);
    if (job.kind === ending) void this.close();
    return answer as never;
  });
  const { one, two, engines, failures } = await bothWorlds(
    batches.map(() => ({ source: 'clicks', records: clicks(6_301) })),
    async (batch, own) => {
      ending = '';
      await sharing(own);
      ending = batches[batch] as string;
    },
  );
  asked.mockRestore();
  await expectSame(one, two, 'clicks');
  await sharing(engines);
  expect(failures).toEqual(Array(2).fill('expected no more jobs: it was closed'));
});
