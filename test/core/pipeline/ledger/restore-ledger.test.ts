import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { commitPath } from '#delta/log-path.ts';
import { type RestoreOptions, restoreLedger } from '#pipeline/ledger/restore-ledger.ts';
import { schemaString } from '../../../support/actions.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange } from '../../../support/manifests.ts';
import { memoryLedger } from '../../../support/memory-ledger.ts';

const restoredToMs = 1_700_000_003_000;

async function restore(
  world: CommitWorld,
  backup = world.ledger.items,
  tables: object = { clicks: {} },
  options: RestoreOptions = {},
) {
  const ledger = memoryLedger('ledger-2', structuredClone(backup));
  const ports = {
    ledger,
    settings: { tables: tables as never },
    tablesInLake: async () => ['clicks', 'stray'],
    logOf: () => ({ objects: world.objects, logStore: conditionalLogStore(world.objects) }),
    codec: checkpointCodec,
    ids: () => 'fresh',
  };
  return { ledger, restored: await restoreLedger(restoredToMs, ports, options) };
}

describe('a restored ledger', () => {
  test('knows what the lake took since then', async () => {
    const world = new CommitWorld();
    await world.createTable();
    const move = {
      sourcePartition: 'clicks/0',
      expectedRevision: 0,
      next: { position: '19', ordinals: {}, floors: { other: '3' }, greatestTimestampMs: 1, batchEnds: [] },
    };
    await world.ledger.stage({ moves: [move], manifests: [manifest([manifestRange(1)])] });
    const backup = structuredClone(world.ledger.items);
    await world.stage(
      manifest([manifestRange(2), manifestRange(1, { sourcePartition: 'clicks/1', from: '5', to: '8' })]),
    );
    await world.commit();

    const { ledger, restored } = await restore(world, backup);
    expect(restored.taken).toEqual({
      clicks: { 'clicks/0': [{ from: '10', to: '29' }], 'clicks/1': [{ from: '5', to: '8' }] },
    });
    expect(await ledger.readCursor('clicks/0')).toMatchObject({
      position: '19',
      floors: { other: '3' },
      taken: { t1: [{ from: '10', to: '29' }] },
    });
    const unread = await ledger.readCursor('clicks/1');
    expect(unread).toMatchObject({ taken: { t1: [{ from: '5', to: '8' }] } });
    expect(unread).not.toHaveProperty('position');
  });

  test('knows still what a seek back had told its cursors', async () => {
    const world = new CommitWorld();
    await world.createTable();
    const sought = { start: '2', ordinals: {}, floors: {}, taken: { t1: [{ from: '2', to: '9' }] } };
    const move = {
      sourcePartition: 'clicks/0',
      expectedRevision: 0,
      next: { ...sought, greatestTimestampMs: 1, batchEnds: [] },
    };
    await world.ledger.stage({ moves: [move], manifests: [] });
    const backup = structuredClone(world.ledger.items);
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    const { ledger } = await restore(world, backup);
    const taken = [
      { from: '2', to: '9' },
      { from: '10', to: '19' },
    ];
    expect(await ledger.readCursor('clicks/0')).toMatchObject({ taken: { t1: taken } });
    const again = await restore(world, ledger.items);
    expect(await again.ledger.readCursor('clicks/0')).toMatchObject({ taken: { t1: taken } });
  });

  test('knows tables that a route has made since then, by what lies in the lake', async () => {
    const world = new CommitWorld();
    const backup = structuredClone(world.ledger.items);
    await world.createTable();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    const { ledger, restored } = await restore(world, backup, { 'cl*': {} });
    expect(restored.taken).toEqual({ clicks: { 'clicks/0': [{ from: '10', to: '19' }] } });
    expect(await ledger.tableNamed('clicks')).toMatchObject({ tableId: 'fresh' });
    expect(await ledger.tableNamed('stray')).toBeUndefined();
  });

  test('knows nothing more of what lies behind its cursors', async () => {
    const world = new CommitWorld();
    await world.createTable();
    const move = {
      sourcePartition: 'clicks/0',
      expectedRevision: 0,
      next: { position: '19', ordinals: {}, floors: {}, greatestTimestampMs: 1, batchEnds: [] },
    };
    await world.ledger.stage({ moves: [move], manifests: [manifest([manifestRange(1)])] });
    await world.commit();
    const { ledger } = await restore(world);
    expect(await ledger.readCursor('clicks/0')).toMatchObject({ revision: 1, floors: {} });
    expect(await ledger.readCursor('clicks/0')).not.toHaveProperty('taken');
  });

  test('learns of columns and tables that came after', async () => {
    const world = new CommitWorld();
    await world.createTable({ schemaString: schemaString(['id', 'long'], ['name', 'string']) });
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    const empty = await restore(world, memoryLedger().items);
    expect(await empty.ledger.tableNamed('clicks')).toMatchObject({
      tableId: 'fresh',
      incarnation: 'incarnation-1',
      schemaString: schemaString(['id', 'long'], ['name', 'string']),
    });
    const older = structuredClone(world.ledger.items);
    older.tables.set('t1', { ...older.tables.get('t1')!, schemaString: schemaString(['id', 'long']) });
    const { ledger } = await restore(world, older);
    expect((await ledger.tableById('t1'))?.schemaString).toBe(schemaString(['id', 'long'], ['name', 'string']));
  });

  test('parts what a table took where it took nothing of a transaction', async () => {
    const world = new CommitWorld();
    await world.createTable();
    for (const [ordinal, revision] of [
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 5],
    ] as const) {
      await world.stage(manifest([manifestRange(ordinal, { revision })]));
      if (ordinal !== 3) await world.commit();
    }
    const { restored } = await restore(world, memoryLedger().items);
    expect(restored.taken.clicks).toEqual({
      'clicks/0': [
        { from: '10', to: '29' },
        { from: '30', to: '49' },
      ],
    });
  });

  describe('of which tables have more runs than cursors hold', () => {
    /** Each transaction between two is of another table. */
    async function scattered(runs: number) {
      const world = new CommitWorld();
      await world.createTable();
      await world.stage(manifest([manifestRange(1)]));
      await world.commit();
      const ranges = Array.from({ length: runs }, (_, index) => ({
        ...{ sourcePartition: 'clicks/0', ledgerId: 'ledger-1' },
        ...{ ordinals: [index + 2, index + 2], revisions: [2 * index + 3, 2 * index + 3] },
        ...{ from: String(20 * index + 30), to: String(20 * index + 39), rows: 10, deadLetters: 0, dropped: 0 },
      }));
      const commitInfo = { timestamp: world.nowMs, operation: 'STREAMING UPDATE', alluvium: { ranges } };
      await world.objects.putIfAbsent(commitPath(1), serializeActions([{ commitInfo }]));
      return world;
    }

    test('is refused before anything is written', async () => {
      const world = await scattered(6_000);
      const empty = memoryLedger();
      const untouched = structuredClone(empty.items);
      await expect(restore(world, empty.items)).rejects.toThrow(
        'source partition clicks/0: expected what tables have beyond its cursor to be at most 40000 runs of at most 12000 positions, found 6001 of 12002',
      );
      expect(empty.items).toEqual(untouched);
    });

    test('takes those together between which a table took nothing, where that is said', async () => {
      const world = await scattered(6_000);
      const { restored, ledger } = await restore(world, memoryLedger().items, { clicks: {} }, { joinRuns: true });
      expect(restored.taken).toEqual({ clicks: { 'clicks/0': [{ from: '10', to: '120019' }] } });
      expect((await ledger.readCursor('clicks/0'))?.taken).toEqual({ fresh: [{ from: '10', to: '120019' }] });
    });

    test('has as many as they hold', async () => {
      const world = await scattered(5_999);
      const { restored } = await restore(world, memoryLedger().items);
      expect(restored.taken.clicks?.['clicks/0']).toHaveLength(6_000);
    });
  });

  test('forgets attempts that were under way', async () => {
    const world = new CommitWorld();
    await world.ledger.beginAttempt('clicks/0', '5');
    await world.ledger.beginAttempt('clicks/0', '5');
    const { ledger } = await restore(world);
    expect(await ledger.beginAttempt('clicks/0', '5')).toMatchObject({ attempts: 1 });
  });

  test('reads only commits since an hour before the moment it was restored to', async () => {
    const world = new CommitWorld();
    await world.createTable();
    world.nowMs = restoredToMs - 3_600_001;
    await world.stage(manifest([manifestRange(1)], { oldestArrivalMs: 0, stagedMs: 0 }));
    await world.commit();
    const { restored } = await restore(world);
    expect(restored.taken).toEqual({ clicks: {} });
  });
});
