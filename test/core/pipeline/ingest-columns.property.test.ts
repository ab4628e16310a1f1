import { expect, test } from 'vitest';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { BatchEngines } from '#pipeline/batch-engine.ts';
import { ParsedRows } from '#pipeline/parsed-rows.ts';
import type { PayloadMemory } from '#pipeline/payload-memory.ts';
import type { SourceRecord } from '#pipeline/source-record.ts';
import { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { type IngestWorld, ingestWorld, record } from '../../support/ingest.ts';

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

/** Engines that leave every record to the parser. */
function parsingEngines(): BatchEngines {
  const pool = kernelEngines();
  return {
    take() {
      const engine = pool.take();
      return {
        payloads: engine.payloads,
        scan: (schema, _reserved, payloads) => new ParsedRows(schema, payloads.length),
        encode: (columns, compression) => engine.encode(columns, compression),
        mark: () => engine.mark(),
        release: (mark) => engine.release(mark),
      };
    },
    give: () => undefined,
  };
}

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
  own.value === undefined ? own : { ...own, value: payloads.addBase64(Buffer.from(own.value).toString('base64')) };

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

test.each(seeds)('scanned or parsed, a history of batches leaves the same behind (seed %d)', async (seed) => {
  const random = new SeededRandom(seed);
  const table = tableOf(random);
  const tombstones = random.pick(['drop', 'deadLetter', 'row'] as const);
  const batches = batchesOf(random);
  const scanned = ingestWorld(table, { tombstones });
  const parsed = ingestWorld(table, { tombstones });
  parsed.ports.engines = parsingEngines();
  for (const batch of batches) {
    await scanned.ingest((payloads) => batch.map((own) => inMemory(own, payloads)));
    await parsed.ingest(batch);
  }
  expect(await leftBy(scanned)).toEqual(await leftBy(parsed));
});
