import { beforeEach, describe, expect, test } from 'vitest';
import { type Bundle, type BundleStore, withBundles } from '#pipeline/ledger/bundles.ts';
import type { CursorMove, Ledger, TableRecord } from '#pipeline/ledger/ledger.ts';
import { manifest, manifestRange, stagedFile } from './manifests.ts';

const sourcePartition = 'clicks/0';

const move = (expectedRevision: number, position: string, rest: Partial<CursorMove> = {}): CursorMove => ({
  sourcePartition,
  expectedRevision,
  next: {
    position,
    ordinals: { t1: { incarnation: 'incarnation-1', ledgerId: 'ledger-1', ordinal: expectedRevision + 1 } },
    floors: { t2: '5' },
    greatestTimestampMs: 1_700_000_000_123,
    batchEnds: [{ position, fingerprint: 'ab' }],
  },
  ...rest,
});

const table: TableRecord = {
  tableId: 't1',
  tableName: 'clicks',
  incarnation: 'incarnation-1',
  schemaString: '{"type":"struct","fields":[]}',
  schemaVersion: 1,
  partitionColumns: ['day'],
};

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/**
 * The guarantees of the port, for any implementation; `create` answers an empty ledger. `takeLease` does what the commit
 * machine does.
 */
export function ledgerContract(
  name: string,
  create: () => Promise<{
    ledger: Ledger;
    /** The same ledger's, without what makes bundles. */
    store: BundleStore;
    takeLease: (tableId: string, owner: string, expiresAtS: number) => Promise<void>;
  }>,
): void {
  describe(`${name} keeps the guarantees of a ledger`, () => {
    let ledger: Ledger;
    let store: BundleStore;
    let takeLease: (tableId: string, owner: string, expiresAtS: number) => Promise<void>;
    beforeEach(async () => {
      ({ ledger, store, takeLease } = await create());
    });

    test('its id stays', async () => {
      expect(await ledger.id()).toMatch(/^[\w-]{8,}$/);
      expect(await ledger.id()).toBe(await ledger.id());
    });

    test('attempts at one position add up until one ends, and another position counts anew', async () => {
      const first = await ledger.beginAttempt(sourcePartition, '10');
      expect(first).toMatchObject({ sourcePartition, revision: 0, attempts: 1, attemptedPosition: '10' });
      expect(first.position).toBeUndefined();
      expect((await ledger.beginAttempt(sourcePartition, '10')).attempts).toBe(2);
      expect((await ledger.beginAttempt(sourcePartition, '20')).attempts).toBe(1);
      expect((await ledger.beginAttempt(sourcePartition, '20')).attempts).toBe(2);
      await ledger.endAttempt(sourcePartition);
      expect((await ledger.beginAttempt(sourcePartition, '20')).attempts).toBe(1);
    });

    test('lone attempts are counted for one record at a time, and forgotten with the attempts', async () => {
      expect(await ledger.beginLoneAttempt(sourcePartition, '12')).toBe(1);
      expect(await ledger.beginLoneAttempt(sourcePartition, '12')).toBe(2);
      expect((await ledger.beginAttempt(sourcePartition, '10')).attempts).toBe(1);
      expect(await ledger.beginLoneAttempt(sourcePartition, '12')).toBe(3);
      expect(await ledger.beginLoneAttempt(sourcePartition, '13')).toBe(1);
      await ledger.endAttempt(sourcePartition);
      expect(await ledger.beginLoneAttempt(sourcePartition, '13')).toBe(1);
      await ledger.beginAttempt(sourcePartition, '10');
      await ledger.stage({ moves: [move(0, '19')], manifests: [] });
      expect(await ledger.beginLoneAttempt(sourcePartition, '13')).toBe(1);
    });

    test('a cursor of redrives keeps the entry of its journal', async () => {
      const redriven = '_redrive/clicks/0/a.json';
      const line = 'redrive/clicks/0';
      const { next } = move(0, '1');
      await ledger.stage({
        moves: [{ sourcePartition: line, expectedRevision: 0, next: { ...next, redriven } }],
        manifests: [],
      });
      expect(await ledger.readCursor(line)).toMatchObject({ sourcePartition: line, revision: 1, redriven });
    });

    test('ending an attempt that never began makes no cursor', async () => {
      await ledger.endAttempt(sourcePartition);
      expect(await ledger.readCursor(sourcePartition)).toBeUndefined();
    });

    test('a staged transaction moves the cursor, forgets its attempts and stages every manifest', async () => {
      await ledger.beginAttempt(sourcePartition, '10');
      const staged = manifest([manifestRange(1), manifestRange(4, { sourcePartition: 'clicks/1' })], {
        files: [stagedFile('day=2026-11-21/part-ü.parquet', { partitionValues: { day: '2026-11-21', hour: null } })],
      });
      expect(await ledger.stage({ moves: [move(0, '19')], manifests: [staged] })).toBe('staged');
      const cursor = await ledger.readCursor(sourcePartition);
      expect(cursor).toMatchObject({ ...move(0, '19').next, sourcePartition, revision: 1, attempts: 0 });
      expect(cursor).not.toHaveProperty('attemptedPosition');
      expect(await ledger.manifestsOf('t1')).toEqual([staged]);
      expect(await ledger.manifestsOf('t2')).toEqual([]);
    });

    describe('more manifests than a transaction takes', () => {
      const mixed = (tables: number, ordinal = 1) =>
        Array.from({ length: tables }, (_, index) =>
          manifest([manifestRange(ordinal, { from: `${ordinal}0`, to: `${ordinal}9` })], { tableId: `m${index}` }),
        );
      const idsOf = async (from: Ledger, tables: number) => {
        const found: string[] = [];
        for (let index = 0; index < tables; index++) {
          for (const { tableId, ranges } of await from.manifestsOf(`m${index}`))
            found.push(`${tableId}:${ranges[0]!.ordinal}`);
        }
        return found.sort();
      };
      const wanted = (tables: number, ordinals = [1]) =>
        Array.from({ length: tables }, (_, index) => ordinals.map((ordinal) => `m${index}:${ordinal}`))
          .flat()
          .sort();
      const small = { items: 3, placedAtOnce: 2, ofOneTable: 5 };
      let ids = 0;
      const fresh = () => `bundle${++ids}`;

      test('are staged with their cursors, all of them or none', async () => {
        const tables = 120;
        const transaction = { moves: [move(0, '19')], manifests: mixed(tables) };
        expect(await ledger.stage(transaction)).toBe('staged');
        expect((await ledger.readCursor(sourcePartition))?.position).toBe('19');
        for (const index of [0, 79, 80, 119])
          expect(await store.manifestsOf(`m${index}`)).toEqual([transaction.manifests[index]]);
        expect(await store.bundles()).toEqual([]);
        expect(await ledger.stage({ ...transaction, manifests: mixed(tables, 2) })).toBe('refused');
        expect(await ledger.manifestsOf('m119')).toHaveLength(1);
        expect(await store.bundles()).toEqual([]);
      });

      test('are seen by whoever reads manifests next, where the one who staged them died', async () => {
        const dying = withBundles({ ...store, placeNext: () => Promise.reject(new Error('died')) }, fresh, small);
        expect(await dying.stage({ moves: [move(0, '19')], manifests: mixed(5) })).toBe('unknown');
        expect((await store.readCursor(sourcePartition))?.position).toBe('19');
        expect(await store.manifestsOf('m0')).toEqual([]);
        expect(await ledger.manifestsOf('m4')).toHaveLength(1);
        expect(await idsOf(store, 5)).toEqual(wanted(5));
        expect(await store.bundles()).toEqual([]);
      });

      test.each(['readCursor', 'beginAttempt'] as const)(
        'come before what the next reader of the cursor stages: %s',
        async (read) => {
          let calls = 0;
          const dying = {
            ...store,
            placeNext: (...next: Parameters<typeof store.placeNext>) =>
              ++calls > 1 ? Promise.reject(new Error('died')) : store.placeNext(...next),
          };
          await withBundles(dying, fresh, small).stage({ moves: [move(0, '19')], manifests: mixed(5) });
          expect(await idsOf(store, 5)).toEqual(wanted(2));
          const next = withBundles(store, fresh, small);
          const cursor =
            read === 'readCursor'
              ? await next.readCursor(sourcePartition)
              : await next.beginAttempt(sourcePartition, '20');
          expect(cursor?.position).toBe('19');
          expect(await idsOf(store, 5)).toEqual(wanted(5));
          expect(await next.stage({ moves: [move(1, '29')], manifests: mixed(5, 2) })).toBe('staged');
          expect(await idsOf(store, 5)).toEqual(wanted(5, [1, 2]));
        },
      );

      test('are placed once, by however many: what was settled stays so', async () => {
        const dying = withBundles({ ...store, placeNext: () => Promise.reject(new Error('died')) }, fresh, small);
        await dying.stage({ moves: [move(0, '19')], manifests: mixed(7) });
        const [bundle] = await store.bundles();
        const others = [1, 2, 3].map(() => withBundles(store, fresh, small));
        await Promise.all(others.map((other) => other.manifestsOf('m0')));
        await ledger.deleteManifests(await ledger.manifestsOf('m0'));
        expect(await store.placeNext(bundle!, 2)).toBe('refused');
        expect(await idsOf(ledger, 7)).toEqual(wanted(7).filter((id) => id !== 'm0:1'));
      });

      test('of one table are placed together', async () => {
        const placed: number[] = [];
        const counting = {
          ...store,
          placeNext: (bundle: Bundle, count: number) => {
            placed.push(count);
            return store.placeNext(bundle, count);
          },
        };
        const pieces = [1, 2, 3].map((ordinal) => manifest([manifestRange(ordinal)], { tableId: 'm1' }));
        const others = mixed(4).filter(({ tableId }) => tableId !== 'm1');
        const manifests = [pieces[0]!, ...others, ...pieces.slice(1)];
        expect(await withBundles(counting, fresh, small).stage({ moves: [move(0, '19')], manifests })).toBe('staged');
        expect(placed).toEqual([3, 2, 1]);
      });
    });

    test('tables are counted as they are made, and never more than the cap, however many race', async () => {
      const cap = { counter: 'web', limit: 3 };
      const wanted = Array.from({ length: 6 }, (_, index) => ({
        ...table,
        tableId: `t${index}`,
        tableName: `made_${index}`,
      }));
      const made = await Promise.all(wanted.map((record) => ledger.createCountedTable(record, cap)));
      expect(made.filter((outcome) => outcome !== 'full')).toHaveLength(3);
      expect(await ledger.tablesCounted('web')).toBe(3);
      expect(await all(ledger.tables())).toHaveLength(3);
      const there = made.find((outcome) => outcome !== 'full') as TableRecord;
      const same = { ...there, tableId: 'another', schemaString: '{"type":"struct","fields":[{}]}' };
      expect(await ledger.createCountedTable(same, cap)).toEqual(there);
      const more = { ...table, tableId: 't9', tableName: 'more' };
      expect(await ledger.createCountedTable(more, cap)).toBe('full');
      expect(await ledger.tableNamed('more')).toBeUndefined();
      expect(await ledger.createCountedTable(more, { ...cap, limit: 4 })).toEqual(more);
      expect(
        await ledger.createCountedTable({ ...more, tableId: 't10', tableName: 'other' }, { counter: 'none', limit: 0 }),
      ).toBe('full');
      expect(await ledger.tablesCounted('none')).toBe(0);
    });

    test('racing creations of one table count it once', async () => {
      const records = [1, 2, 3].map((id) => ({ ...table, tableId: `t${id}` }));
      const made = await Promise.all(
        records.map((record) => ledger.createCountedTable(record, { counter: 'web', limit: 1 })),
      );
      expect(new Set(made.map((outcome) => (outcome as TableRecord).tableId)).size).toBe(1);
      expect(await ledger.tablesCounted('web')).toBe(1);
    });

    test('a cursor may forget its position and keep where it begins', async () => {
      await ledger.stage({ moves: [move(0, '19')], manifests: [] });
      const { position: _, ...next } = move(1, '19').next;
      const back = { ...move(1, '19'), next: { ...next, start: '7', batchEnds: [] } };
      expect(await ledger.stage({ moves: [back], manifests: [] })).toBe('staged');
      const cursor = await ledger.readCursor(sourcePartition);
      expect(cursor).toMatchObject({ start: '7', revision: 2, floors: { t2: '5' } });
      expect(cursor).not.toHaveProperty('position');
    });

    test('counting an attempt leaves the revision as it is', async () => {
      await ledger.stage({ moves: [move(0, '19')], manifests: [] });
      expect(await ledger.beginAttempt(sourcePartition, '20')).toMatchObject({ revision: 1, position: '19' });
      expect(await ledger.stage({ moves: [move(1, '29')], manifests: [] })).toBe('staged');
    });

    test('a cursor at another revision refuses all of a transaction', async () => {
      const other = move(0, '5', { sourcePartition: 'clicks/1' });
      expect(await ledger.stage({ moves: [move(0, '19')], manifests: [] })).toBe('staged');
      const transaction = { moves: [other, move(0, '29')], manifests: [manifest([manifestRange(1)])] };
      expect(await ledger.stage(transaction)).toBe('refused');
      expect(await ledger.readCursor('clicks/1')).toBeUndefined();
      expect(await ledger.manifestsOf('t1')).toEqual([]);
      expect((await ledger.readCursor(sourcePartition))?.position).toBe('19');
      expect(await ledger.stage({ ...transaction, moves: [other, move(2, '29')] })).toBe('refused');
    });

    test('of racing transactions on one cursor one is staged', async () => {
      const outcomes = await Promise.all(
        ['11', '12', '13'].map((position) => ledger.stage({ moves: [move(0, position)], manifests: [] })),
      );
      expect(outcomes.filter((outcome) => outcome === 'staged')).toHaveLength(1);
    });

    test('a place in line is taken once', async () => {
      await ledger.stage({ moves: [move(0, '19')], manifests: [manifest([manifestRange(1)])] });
      const again = manifest([manifestRange(1)], { files: [stagedFile('other.parquet')] });
      expect(await ledger.stage({ moves: [move(1, '29')], manifests: [again] })).toBe('refused');
      expect((await ledger.readCursor(sourcePartition))?.position).toBe('19');
    });

    test('another incarnation and another ledger have lines of their own', async () => {
      const manifests = [
        manifest([manifestRange(1)]),
        manifest([manifestRange(1)], { incarnation: 'incarnation-2' }),
        manifest([manifestRange(1, { ledgerId: 'ledger-2' })]),
      ];
      expect(await ledger.stage({ moves: [], manifests })).toBe('staged');
      expect(await ledger.manifestsOf('t1')).toHaveLength(3);
    });

    test('manifests take the place of others, if those are there', async () => {
      const old = manifest([manifestRange(7)]);
      const fresh = manifest([manifestRange(1)], { incarnation: 'incarnation-2' });
      expect(await ledger.stage({ moves: [], manifests: [fresh], removed: [old] })).toBe('refused');
      await ledger.stage({ moves: [], manifests: [old] });
      expect(await ledger.stage({ moves: [], manifests: [fresh], removed: [old] })).toBe('staged');
      expect(await ledger.manifestsOf('t1')).toEqual([fresh]);
    });

    test('a manifest is put over the one at its place in line, if there is one, with all of its transaction', async () => {
      const old = manifest([manifestRange(1)]);
      const empty = { ...old, files: [], schemaVersion: 2 };
      const other = manifest([manifestRange(1)], { tableId: 't2' });
      const transaction = { moves: [move(0, '19')], manifests: [other], replaced: [empty] };
      expect(await ledger.stage(transaction)).toBe('refused');
      expect(await ledger.manifestsOf('t2')).toEqual([]);
      await ledger.stage({ moves: [], manifests: [old] });
      expect(await ledger.stage(transaction)).toBe('staged');
      expect(await ledger.manifestsOf('t1')).toEqual([empty]);
      expect(await ledger.manifestsOf('t2')).toEqual([other]);
      expect((await ledger.readCursor(sourcePartition))?.revision).toBe(1);
      await ledger.deleteManifests([empty]);
      expect(await ledger.stage({ moves: [], manifests: [], replaced: [empty] })).toBe('refused');
    });

    test('manifests come by ordinal within a source partition, and go when deleted', async () => {
      const ordinals = [10, 9, 2, 1, 11];
      const manifests = ordinals.map((ordinal) => manifest([manifestRange(ordinal)]));
      await ledger.stage({ moves: [], manifests });
      const read = await ledger.manifestsOf('t1');
      expect(read.map(({ ranges }) => ranges[0]?.ordinal)).toEqual([1, 2, 9, 10, 11]);
      await ledger.deleteManifests(read.slice(0, 4));
      await ledger.deleteManifests(read.slice(0, 1));
      expect(await ledger.manifestsOf('t1')).toEqual(read.slice(4));
    });

    test('many large manifests are read and deleted whole', async () => {
      const stats = JSON.stringify({ numRecords: 10, minValues: { text: 'x'.repeat(20_000) } });
      for (let first = 1; first <= 90; first += 30) {
        const manifests = Array.from({ length: 30 }, (_, index) =>
          manifest([manifestRange(first + index)], { files: [stagedFile(`part-${first + index}.parquet`, { stats })] }),
        );
        expect(await ledger.stage({ moves: [], manifests })).toBe('staged');
      }
      const read = await ledger.manifestsOf('t1');
      expect(read.map(({ ranges }) => ranges[0]?.ordinal)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
      expect(read.every(({ files }) => files[0]?.stats === stats)).toBe(true);
      await ledger.deleteManifests(read);
      expect(await ledger.manifestsOf('t1')).toEqual([]);
    });

    test('a transaction past the limit of items is an error, and nothing happens', async () => {
      const manifests = Array.from({ length: 101 }, (_, index) => manifest([manifestRange(index + 1)]));
      await expect(ledger.stage({ moves: [], manifests })).rejects.toThrow(/100 items.* got 101/);
      expect(await ledger.manifestsOf('t1')).toEqual([]);
    });

    test('a table is created once, by name', async () => {
      expect(await ledger.tableNamed('clicks')).toBeUndefined();
      expect(await ledger.createTable(table)).toEqual(table);
      expect(await ledger.createTable({ ...table, tableId: 't9' })).toEqual(table);
      expect(await ledger.tableNamed('clicks')).toEqual(table);
      expect(await ledger.tableById('t1')).toEqual(table);
      expect(await ledger.tableById('t9')).toBeUndefined();
      expect(await all(ledger.tables())).toEqual([table]);
    });

    test('of racing creations of one table one wins, and all hear of it', async () => {
      const ids = ['t1', 't2', 't3'];
      const made = await Promise.all(ids.map((tableId) => ledger.createTable({ ...table, tableId })));
      expect(new Set(made.map(({ tableId }) => tableId)).size).toBe(1);
      expect(await all(ledger.tables())).toEqual([made[0]]);
    });

    test('a table changes on condition of its version', async () => {
      await ledger.createTable(table);
      const second = { ...table, schemaString: '{"type":"struct","fields":[1]}', schemaVersion: 2 };
      expect(await ledger.updateTable(second, 1)).toEqual(second);
      expect(await ledger.updateTable({ ...second, incarnation: 'other' }, 1)).toEqual(second);
      expect(await ledger.tableNamed('clicks')).toEqual(second);
    });

    test('a tally of missing files moves by one revision at a time', async () => {
      expect(await ledger.repairTallyOf('t1')).toBeUndefined();
      const tally = { revision: 1, removed: [{ atMs: 1, files: 2 }], refused: [] };
      expect(await ledger.publishRepairTally('t1', { ...tally, revision: 2 })).toBe('refused');
      expect(await ledger.publishRepairTally('t1', tally)).toBe('published');
      expect(await ledger.publishRepairTally('t1', { ...tally, removed: [] })).toBe('refused');
      expect(await ledger.repairTallyOf('t1')).toEqual(tally);
      const next = { revision: 2, removed: [], refused: [{ atMs: 5, files: 7 }] };
      expect(await ledger.publishRepairTally('t1', next)).toBe('published');
      expect(await ledger.repairTallyOf('t1')).toEqual(next);
      expect(await ledger.repairTallyOf('t2')).toBeUndefined();
    });

    test('a backlog is what was published last', async () => {
      expect(await ledger.backlogOf('t1')).toBeUndefined();
      await ledger.publishBacklog('t1', {
        stagedBytes: 5,
        stagedManifests: 1,
        oldestArrivalMs: 3,
        dueAtMs: 4,
        publishedMs: 9,
      });
      await ledger.publishBacklog('t1', { stagedBytes: 0, stagedManifests: 0, publishedMs: 10 });
      expect(await ledger.backlogOf('t1')).toEqual({ stagedBytes: 0, stagedManifests: 0, publishedMs: 10 });
    });

    test('a lease is renewed by its owner alone', async () => {
      expect(await ledger.renewLease('t1', 'me', 100)).toBe('lost');
      await takeLease('t1', 'me', 100);
      expect(await ledger.renewLease('t1', 'me', 200)).toBe('renewed');
      expect(await ledger.renewLease('t1', 'other', 300)).toBe('lost');
    });

    test('cursors are listed', async () => {
      await ledger.stage({ moves: [move(0, '19'), move(0, '5', { sourcePartition: 'clicks/1' })], manifests: [] });
      const cursors = await all(ledger.cursors());
      expect(cursors.map((cursor) => cursor.sourcePartition).sort()).toEqual(['clicks/0', 'clicks/1']);
    });
  });
}
