import { expect, test } from 'vitest';
import type { PayloadMemory } from '#pipeline/ingest/payload-memory.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import { SeededRandom } from '../../../../scripts/local/seeded-random.ts';
import { type IngestWorld, ingestWorld, record } from '../../../support/ingest.ts';
import { parsingEngines } from '../../../support/parsing-engines.ts';

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);

const declared = [
  { name: 'id', type: 'long' },
  { name: 'kind', type: 'string' },
  { name: 'price', type: 'decimal(12,2)' },
  { name: 'at', type: 'timestamp' },
  { name: 'day', type: 'date' },
  { name: 'ratio', type: 'double' },
  { name: 'open', type: 'boolean' },
];

function tableOf(random: SeededRandom): Record<string, unknown> {
  const isDeclared = random.next() < 0.5;
  return {
    ...(isDeclared && { schema: declared.map((column, index) => ({ ...column, nullable: index > 0 })) }),
    partitionBy: random.pick([[], [], ['kind'], ['kind', 'id'], isDeclared ? ['day'] : ['kind']]),
    positionColumns: random.next() < 0.5,
    ...(random.next() < 0.3 && { evolution: 'deadLetter' }),
  };
}

/** By target: of every kind that runs on columns, and some that are only parsed. */
const expressions: Record<string, readonly string[]> = {
  id: ['id', 'kafka.offset', 'epoch_millis_to_micro(id)', '`1`', 'inner.x'],
  kind: [
    'substr(kind, `0`, `1`)',
    'kind && substr(kind, `1`, `2`)',
    'kafka.topic',
    "'all'",
    'at',
    'upper(kind)',
    'Kind',
  ],
  price: ['ratio', '`0.25`', 'kafka.partition'],
  at: ['epoch_seconds_to_iso8601(id)', 'id && epoch_micros_to_iso8601(id)', 'at', 'kafka.timestamp'],
  day: ['substr(at, `0`, `10`)', 'at && substr(at, `0`, `10`)', "'2026-02-03'", 'day'],
  ratio: ['kafka.offset', 'price', 'length(kind)'],
  open: ['open', '`true`', '`null`', '!open'],
  told: ['epoch_millis_to_iso8601(id)', 'ingest.source', 'kafka.key', 'inner', 'inner.list', 'other'],
};

function transformsOf(random: SeededRandom): Record<string, string> {
  const targets = Object.keys(expressions).filter(() => random.next() < 0.3);
  return Object.fromEntries(targets.map((target) => [target, random.pick(expressions[target] as string[])]));
}

const kinds = ['a', 'b', 'ü/%', '', 'c d'];

function payloadOf(random: SeededRandom): string | null {
  const draw = random.next();
  if (draw < 0.03) return null;
  if (draw < 0.06)
    return random.pick(['', '{', '[1]', '{"id":1,"id":2}', '{"id":"x"}', '{"id":1.5}', 'null', '{"id":9e99}']);
  const fields: [string, unknown][] = [['id', random.pick([1, 2, 3])]];
  if (random.next() < 0.8) fields.push(['kind', random.pick([...kinds, null, 7])]);
  if (random.next() < 0.5) fields.push(['price', random.pick(['12.50', '1', '0.001'])]);
  if (random.next() < 0.5) fields.push(['at', random.pick(['2026-01-02T03:04:05Z', '2026-01-02', 'soon'])]);
  if (random.next() < 0.5) fields.push(['day', random.pick(['2026-01-02', '2026-02-30', '2026-11-05'])]);
  if (random.next() < 0.5) fields.push(['ratio', random.pick([0.5, 1e300, 3, '"half"'])]);
  if (random.next() < 0.3) fields.push(['open', random.pick([true, false, 'yes'])]);
  if (random.next() < 0.05) fields.push([random.pick(['new one', 'Kind', 'other']), random.pick([1, 'x', null, {}])]);
  if (random.next() < 0.05) fields.push(['inner', { x: random.pick([1, 'one']), list: [1, null] }]);
  if (random.next() < 0.02) fields.push(['_position', 'mine']);
  if (random.next() < 0.2) fields.reverse();
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(random.pick([',', ' , ']))}}`;
}

/** Batches of two partitions, some of which begin again with what was delivered before. */
function batchesOf(random: SeededRandom): SourceRecord[][] {
  const delivered: SourceRecord[][] = [[], []];
  return Array.from({ length: 4 }, () =>
    delivered.flatMap((before, partition) => {
      const from = random.next() < 0.3 ? Math.max(0, before.length - 5) : before.length;
      const fresh = Array.from({ length: Math.floor(random.next() * random.pick([3, 40])) }, (_, index) => {
        const position = before.length + index + 1;
        return record(position, payloadOf(random), { partition: String(partition), timestampMs: position });
      });
      before.push(...fresh);
      return before.slice(from);
    }),
  );
}

const inMemory = (own: SourceRecord, payloads: PayloadMemory): SourceRecord =>
  own.value === undefined ? own : { ...own, placed: payloads.place(Buffer.from(own.value).toString('base64')) };

/** All that ingest leaves behind, but for the sizes of files. */
async function leftBy(world: IngestWorld): Promise<unknown> {
  const tables = await Promise.all(
    ['clicks', 'dead_letters'].map(async (table) => ({
      record: await world.ledger.tableNamed(table),
      manifests: (await world.manifests(table)).map(({ files, ...manifest }) => ({
        ...manifest,
        files: files.map(({ sizeBytes: _, ...file }) => file),
      })),
      rows: await world.rows(table),
    })),
  );
  const cursors = await Promise.all(['clicks/0', 'clicks/1'].map((name) => world.ledger.readCursor(name)));
  return { tables, cursors, counts: world.counts };
}

test.each(seeds)(
  'transformed on columns or parsed, a history of batches leaves the same behind (seed %d)',
  async (seed) => {
    const random = new SeededRandom(seed + 1_000);
    const table = { ...tableOf(random), evolution: 'add' };
    const source = { tombstones: random.pick(['drop', 'row'] as const), transforms: transformsOf(random) };
    await expectSame(table, source, batchesOf(random));
  },
);

test.each(seeds)('scanned or parsed, a history of batches leaves the same behind (seed %d)', async (seed) => {
  const random = new SeededRandom(seed);
  const table = tableOf(random);
  const tombstones = random.pick(['drop', 'deadLetter', 'row'] as const);
  const batches = batchesOf(random);
  await expectSame(table, { tombstones }, batches);
});

async function expectSame(
  table: Record<string, unknown>,
  source: Parameters<typeof ingestWorld>[1],
  batches: readonly SourceRecord[][],
): Promise<void> {
  const scanned = ingestWorld(table, source);
  const parsed = ingestWorld(table, source);
  parsed.ports.engines = parsingEngines();
  for (const batch of batches) {
    await scanned.ingest((payloads) => batch.map((own) => inMemory(own, payloads)));
    await parsed.ingest(batch);
  }
  expect(await leftBy(scanned)).toEqual(await leftBy(parsed));
}
