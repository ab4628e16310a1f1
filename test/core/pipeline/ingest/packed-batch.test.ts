import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { lakeWorld } from '../../../support/capability.ts';

const maxBytes = 4 * 1024 ** 2;
const cases = [
  { kind: 'gzip', packed: gzipSync(`{"n":1,"pad":"${'x'.repeat(maxBytes - 16)}"}`), becomes: 'RowsStaged' },
  { kind: 'zstd', packed: zstdCompressSync(Buffer.alloc(maxBytes)), becomes: 'DeadLetters' },
] as const;

for (const { kind, packed, becomes } of cases) {
  test(`of seven thousand payloads that ${kind} packs to the limit of each, a delivery takes what there is memory and time for`, {
    timeout: 60_000,
  }, async () => {
    const world = await lakeWorld(`
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
sources: { packed: { kafka: { cluster: main, topic: packed }, table: packed, drop: [pad], envelope: { kind: ${kind}, maxBytes: 4MiB } } }
tables: { packed: {} }
`);
    const event = world.produce(
      'packed',
      Array.from({ length: 7_000 }, () => ({ value: packed })),
    );
    const { firstUnaccepted } = await world.deliver('packed', event);
    const [taken] = [...firstUnaccepted.values()].map(({ position }) => Number(position));
    expect(taken).toBeGreaterThan(16);
    expect(taken).toBeLessThanOrEqual(64);
    expect(world.counted(becomes)).toBe(taken);
  });
}

test('what follows on one large payload is staged as what it is', async () => {
  const world = await lakeWorld(`
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
sources: { packed: { kafka: { cluster: main, topic: packed }, table: packed, envelope: { kind: gzip, maxBytes: 33MiB } } }
tables: { packed: {} }
`);
  const large = gzipSync(Buffer.alloc(34 * 1024 ** 2));
  const small = Array.from({ length: 500 }, (_, index) => gzipSync(`{"n":${index + 1}}`));
  await world.push(
    'packed',
    [large, ...small].map((value) => ({ value })),
  );
  expect([world.counted('RowsStaged'), world.counted('DeadLetters')]).toEqual([500, 1]);
  const { tableId } = (await world.ledger.tableNamed('packed'))!;
  expect((await world.ledger.manifestsOf(tableId)).length).toBeLessThanOrEqual(12);
});
