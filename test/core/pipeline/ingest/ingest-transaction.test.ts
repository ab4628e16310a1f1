import { describe, expect, test } from 'vitest';
import type { Ledger, Transaction } from '#pipeline/ledger/ledger.ts';
import { ingestWorld, record } from '../../../support/ingest.ts';

const schema = [{ name: 'id', type: 'long' }];
type World = ReturnType<typeof ingestWorld>;

/** A ledger whose first `stage` goes as `first` says, and the others as they should. */
function withFirstStage(world: World, first: (transaction: Transaction) => ReturnType<Ledger['stage']>): Ledger {
  let staged = 0;
  return {
    ...world.ledger,
    stage: (transaction) => (staged++ === 0 ? first(transaction) : world.ledger.stage(transaction)),
  };
}

const ids = async (world: World) => (await world.rows('clicks')).map(({ id }) => id);
const batch = [record(1, '{"id":1}'), record(2, '{"id":2}'), record(3, '{"id":3}')];

describe('an ambiguous answer is settled by reading the cursor back', () => {
  test('it had taken effect', async () => {
    const world = ingestWorld({ schema });
    const lost = withFirstStage(world, async (transaction) => {
      await world.ledger.stage(transaction);
      return 'unknown';
    });
    await world.ingest(batch, lost);
    expect(await ids(world)).toEqual([1n, 2n, 3n]);
    expect(world.stores.get('clicks')?.objects.size).toBe(1);
  });

  test('it had not: all is built anew, under fresh names', async () => {
    const world = ingestWorld({ schema });
    await world.ingest(
      batch,
      withFirstStage(world, async () => 'unknown'),
    );
    expect(await ids(world)).toEqual([1n, 2n, 3n]);
    expect(world.stores.get('clicks')?.objects.size).toBe(2);
  });

  test('it arrives late, after it was built anew: one of the two is refused', async () => {
    const world = ingestWorld({ schema });
    let late: Transaction | undefined;
    await world.ingest(
      batch,
      withFirstStage(world, async (transaction) => {
        late = structuredClone(transaction);
        return 'unknown';
      }),
    );
    expect(await world.ledger.stage(late as Transaction)).toBe('refused');
    expect(await ids(world)).toEqual([1n, 2n, 3n]);
  });

  test('it never comes to rest: the batch is given back', async () => {
    const world = ingestWorld({ schema });
    await expect(world.ingest(batch, { ...world.ledger, stage: async () => 'unknown' })).rejects.toThrow(
      'source clicks: expected a transaction to be accepted within 5 rounds',
    );
  });
});

test('another invocation, which takes this one for dead, accepts a part with other batch boundaries: the rest follows in order', async () => {
  const world = ingestWorld({ schema });
  const overtaken = withFirstStage(world, async (transaction) => {
    await world.ingest(batch.slice(0, 2));
    return world.ledger.stage(transaction);
  });
  await world.ingest(batch, overtaken);
  expect(await ids(world)).toEqual([1n, 2n, 3n]);
  const ranges = (await world.manifests('clicks')).flatMap((manifest) => manifest.ranges);
  expect(ranges.map(({ ordinal, from, to }) => [ordinal, from, to])).toEqual([
    [1, '1', '1'],
    [2, '2', '3'],
  ]);
});

describe('ordinals', () => {
  const ordinalsOf = async (world: World) =>
    (await world.manifests('clicks')).flatMap(({ ranges }) =>
      ranges.map(({ ledgerId, ordinal }) => [ledgerId, ordinal]),
    );

  test('count on for one table, and from 1 for another incarnation or another ledger', async () => {
    const world = ingestWorld({ schema });
    await world.ingest([record(1, '{"id":1}')]);
    await world.ingest([record(2, '{"id":2}')]);
    const found = (await world.ledger.tableNamed('clicks'))!;
    world.ledger.items.tables.set(found.tableId, { ...found, incarnation: 'another' });
    await world.ingest([record(3, '{"id":3}')]);
    await world.ingest([record(4, '{"id":4}')], { ...world.ledger, id: async () => 'restored' });
    expect(await ordinalsOf(world)).toEqual([
      ['ledger-1', 1],
      ['ledger-1', 2],
      ['ledger-1', 1],
      ['restored', 1],
    ]);
  });

  test('the last 16 batch ends and the greatest timestamp are remembered', async () => {
    const world = ingestWorld({ schema });
    for (let position = 1; position <= 20; position++) await world.ingest([record(position, `{"id":${position}}`)]);
    await world.ingest([record(21, '{"id":21}', { timestampMs: 5 })]);
    const cursor = await world.ledger.readCursor('clicks/0');
    expect(cursor?.batchEnds.map(({ position }) => position)).toEqual(
      Array.from({ length: 16 }, (_, index) => String(index + 6)),
    );
    expect(cursor?.greatestTimestampMs).toBe(1_700_000_000_020);
  });
});

describe('limits are kept by splitting before encoding', () => {
  test('a manifest too large becomes several, with consecutive ordinals, in one transaction', async () => {
    const world = ingestWorld({
      schema: [...schema, { name: 'key', type: 'string' }, { name: 'twin', type: 'string' }],
      partitionBy: ['key', 'twin'],
      compression: 'none',
    });
    const key = (index: number) => `${index}-${'k'.repeat(400)}`;
    await world.ingest(
      Array.from({ length: 600 }, (_, index) => record(index + 1, `{"id":${index},"key":"${key(index)}"}`)),
    );
    const manifests = (await world.manifests('clicks')).sort(
      (left, right) => left.ranges[0]!.ordinal - right.ranges[0]!.ordinal,
    );
    expect(manifests.length).toBeGreaterThan(1);
    expect(manifests.map(({ ranges }) => ranges[0]?.ordinal)).toEqual(manifests.map((_, index) => index + 1));
    expect(manifests.flatMap(({ ranges }) => ranges.map(({ from, to }) => `${from}-${to}`))).toEqual(
      manifests.map(() => '1-600'),
    );
    expect(manifests.reduce((sum, { ranges }) => sum + ranges[0]!.rows, 0)).toBe(600);
    expect(await world.ledger.readCursor('clicks/0')).toMatchObject({ revision: 1, position: '600' });
    expect(new Set((await world.rows('clicks')).map(({ id }) => id)).size).toBe(600);
  });

  test('more cursors than a transaction holds: source partition by source partition', async () => {
    const world = ingestWorld({ schema });
    const records = Array.from({ length: 150 }, (_, index) =>
      record(1, `{"id":${index}}`, { partition: String(index) }),
    );
    const transactions: Transaction[] = [];
    await world.ingest(records, {
      ...world.ledger,
      stage: (transaction) => {
        transactions.push(transaction);
        return world.ledger.stage(transaction);
      },
    });
    expect(transactions.map(({ moves }) => moves.length)).toEqual([75, 75]);
    const files = transactions.flatMap(({ manifests }) =>
      manifests.flatMap((manifest) => manifest.files.map(({ path }) => path)),
    );
    expect(new Set(files).size).toBe(files.length);
    expect(new Set(await ids(world)).size).toBe(150);
  });

  test('more manifests than a transaction holds: by position prefix', async () => {
    const world = ingestWorld({
      schema: [...schema, { name: 'key', type: 'string' }, { name: 'twin', type: 'string' }],
      partitionBy: ['key', 'twin'],
      compression: 'none',
    });
    const key = (index: number) => `${index}-${'é'.repeat(500)}`;
    const count = 2000;
    await world.ingest(
      Array.from({ length: count }, (_, index) => {
        const text = key(index);
        return record(index + 1, `{"id":${index},"key":"${text}","twin":"${text}"}`);
      }),
    );
    const cursor = await world.ledger.readCursor('clicks/0');
    expect(cursor?.position).toBe(String(count));
    expect(cursor?.revision).toBeGreaterThan(1);
    const manifests = await world.manifests('clicks');
    expect(manifests.reduce((sum, { ranges }) => sum + ranges[0]!.rows, 0)).toBe(count);
  });

  test('more records than columns should have rows: in order, one transaction after another', async () => {
    const world = ingestWorld({ schema });
    const count = 100_000;
    await world.ingest((payloads) => {
      const placed = payloads.place(Buffer.from('{}').toString('base64'));
      return Array.from({ length: count }, (_, index) => ({ ...record(index + 1, null), placed }));
    });
    const manifests = await world.manifests('clicks');
    expect(manifests.map(({ ranges }) => ranges[0]!.rows)).toEqual([65_536, count - 65_536]);
    expect(manifests.map(({ ranges }) => [ranges[0]!.ordinal, ranges[0]!.to])).toEqual([
      [1, '65536'],
      [2, String(count)],
    ]);
  });
});

test('a manifest has no more source partitions than one transaction can move to replace it', async () => {
  const world = ingestWorld({ schema });
  const partitions = Array.from({ length: 99 }, (_, partition) => String(partition));
  await world.ingest(partitions.map((partition) => record(1, '{"id":1}', { partition })));
  expect(await ids(world)).toHaveLength(99);
  const most = Math.max(...(await world.manifests('clicks')).map(({ ranges }) => ranges.length));
  expect(most).toBeLessThanOrEqual(98);
});
