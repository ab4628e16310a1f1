import { describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import type { Action, MetaData } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import type { CatalogTable } from '#pipeline/commit/catalog.ts';
import { commitTable } from '#pipeline/commit/commit-table.ts';
import { metaDataAction, protocolAction, schemaString, tableCreation, txnAction } from '../../../support/actions.ts';
import { CommitWorld, owner } from '../../../support/commit.ts';
import { manifest, manifestRange, stagedFile } from '../../../support/manifests.ts';

const metaDataOf = (actions: readonly Action[]): MetaData | undefined =>
  actions.flatMap((action) => ('metaData' in action ? [action.metaData] : []))[0];
const txnsOf = (actions: readonly Action[]) =>
  actions.flatMap((action) => ('txn' in action ? [[action.txn.appId, action.txn.version] as const] : []));

async function worldWith(settings: Record<string, unknown> = {}): Promise<CommitWorld> {
  const world = new CommitWorld(settings);
  await world.createTable();
  return world;
}

describe('a commit', () => {
  test('makes the table with its first manifests, settles them, and says what it took', async () => {
    const world = new CommitWorld({ properties: { 'delta.logRetentionDuration': 'interval 7 days' } });
    await world.createTable({
      schemaString: schemaString(['id', 'long'], ['day', 'string']),
      partitionColumns: ['day'],
    });
    const file = stagedFile('day=2026-11-21 a/part-1.parquet', { partitionValues: { day: '2026-11-21 a' } });
    const other = stagedFile('part-clicks-0-2.parquet', { partitionValues: { day: null } });
    await world.stage(
      manifest([manifestRange(1)], { files: [file] }),
      manifest([manifestRange(2)], { files: [other] }),
    );

    expect(await world.commit()).toEqual({
      tableId: 't1',
      waitS: 0,
      checkpointDue: false,
      divertDue: false,
      version: 0,
    });
    const actions = world.actions(0);
    expect(metaDataOf(actions)).toMatchObject({
      id: 'incarnation-1',
      name: 'clicks',
      partitionColumns: ['day'],
      configuration: { 'delta.logRetentionDuration': 'interval 7 days' },
    });
    expect(txnsOf(actions)).toEqual([['test/ledger-1/clicks/0', 2n]]);
    expect(world.adds(0)).toMatchObject([
      { path: 'day=2026-11-21%20a/part-1.parquet', size: 1_000, partitionValues: { day: '2026-11-21 a' } },
      { path: 'part-clicks-0-2.parquet', stats: '{"numRecords":10}' },
    ]);
    expect(actions[0]).toMatchObject({
      commitInfo: {
        alluvium: {
          ranges: [
            { sourcePartition: 'clicks/0', ledgerId: 'ledger-1', ordinals: [1, 2], from: '10', to: '29', rows: 20 },
          ],
          oldestArrivalMs: 1_700_000_000_000,
          newestArrivalMs: 1_700_000_001_000,
        },
      },
    });
    expect(await world.ledger.manifestsOf('t1')).toEqual([]);
    expect(await world.ledger.backlogOf('t1')).toEqual({
      stagedBytes: 0,
      stagedManifests: 0,
      publishedMs: world.nowMs,
    });
    expect(world.counted(metrics.rowsOut)).toBe(20);
    expect(world.counts).toContainEqual({ metric: metrics.freshnessMs, value: 3_000, about: { table: 'clicks' } });
  });

  test('goes on from version to version, from memory and from the log alike', async () => {
    const world = await worldWith();
    for (let ordinal = 1; ordinal <= 3; ordinal++) {
      await world.stage(manifest([manifestRange(ordinal)]));
      await world.commit(ordinal === 3 ? { states: new Map() } : {});
    }
    expect(txnsOf(world.actions(2))).toEqual([['test/ledger-1/clicks/0', 3n]]);
    expect([0, 1, 2].flatMap((version) => world.adds(version).map(({ path }) => path))).toEqual([
      'part-clicks-0-1.parquet',
      'part-clicks-0-2.parquet',
      'part-clicks-0-3.parquet',
    ]);
  });

  test('without the lease, or of a table that the ledger does not know, does nothing', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    world.ledger.items.leases.set('t1', { owner: 'another', expiresAtS: 0 });
    expect(await world.commit()).toMatchObject({ waitS: 0, version: -1 });
    expect(world.objects.objects.size).toBe(0);
    expect(await new CommitWorld().commit()).toMatchObject({ waitS: 0, version: -1 });
  });

  test('renews the lease by its own clock', async () => {
    const world = await worldWith();
    await world.commit();
    expect(world.ledger.items.leases.get('t1')).toEqual({ owner, expiresAtS: 1_700_000_153 });
  });
});

describe('ripeness', () => {
  test('what is due within a minute is waited for', async () => {
    const world = await worldWith({ latency: '20s' });
    await world.stage(manifest([manifestRange(1)]));
    expect(await world.commit()).toMatchObject({ waitS: 17, version: -1 });
    expect(await world.ledger.backlogOf('t1')).toMatchObject({ stagedManifests: 1, dueAtMs: 1_700_000_020_000 });
    world.nowMs += 17_000;
    expect(await world.commit()).toMatchObject({ waitS: 0, version: 0 });
  });

  test.each([
    [0, 17],
    [220, 17],
    [230, 0],
    [400, 0],
  ])('an execution that has gone on for %d s waits for nothing that comes after its end', async (passedS, waitS) => {
    const world = await worldWith({ latency: '20s' });
    await world.stage(manifest([manifestRange(1)]));
    const startedAt = new Date(world.nowMs - passedS * 1000).toISOString();
    expect(await commitTable({ tableId: 't1', owner, startedAt }, world.ports)).toMatchObject({ waitS, version: -1 });
    expect(await world.ledger.backlogOf('t1')).toMatchObject({ dueAtMs: 1_700_000_020_000 });
  });

  test('what is due later is left to the sweeper', async () => {
    const world = await worldWith({ latency: '10m' });
    await world.stage(manifest([manifestRange(1)]));
    expect(await world.commit()).toMatchObject({ waitS: 0, version: -1 });
    expect(await world.ledger.backlogOf('t1')).toMatchObject({ stagedBytes: 1_000, dueAtMs: 1_700_000_600_000 });
  });

  test('enough bytes, or enough rows, are due at once', async () => {
    for (const settings of [{ minFileBytes: 2_000 }, { maxRowsPerFile: 20 }]) {
      const world = await worldWith({ latency: '10m', ...settings });
      await world.stage(manifest([manifestRange(1)]));
      expect(await world.commit()).toMatchObject({ version: -1 });
      await world.stage(manifest([manifestRange(2)]));
      expect(await world.commit()).toMatchObject({ version: 0 });
    }
  });

  test('a producer whose clock is ahead delays nothing', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)], { oldestArrivalMs: 1_900_000_000_000 }));
    world.nowMs += 2_000;
    expect(await world.commit()).toMatchObject({ version: 0 });
  });
});

describe('exactly once', () => {
  test('what another committer has taken is settled, not committed again', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    const stale = await world.ledger.manifestsOf('t1');
    await world.commit();
    await world.stage(manifest([manifestRange(2)]));
    const zombie = {
      ledger: { ...world.ledger, manifestsOf: async () => [...stale, ...(await world.ledger.manifestsOf('t1'))] },
      states: new Map(),
    };
    expect(await world.commit(zombie)).toMatchObject({ version: 1 });
    expect(world.adds(1).map(({ path }) => path)).toEqual(['part-clicks-0-2.parquet']);
  });

  test('a conflict is followed by a new plan, over what the winner wrote', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    await world.stage(manifest([manifestRange(2)]), manifest([manifestRange(3)]));
    const { objects, logStore } = world.ports.logOf('clicks');
    const overtaken = {
      objects,
      logStore: {
        ...logStore,
        commit: async (...[version, actions, txnId]: Parameters<typeof logStore.commit>) => {
          if (version === 1) await world.write(1, [txnAction('test/ledger-1/clicks/0', 2n)]);
          return logStore.commit(version, actions, txnId);
        },
      },
    };
    expect(await world.commit({ logOf: () => overtaken })).toMatchObject({ version: 2 });
    expect(world.adds(2).map(({ path }) => path)).toEqual(['part-clicks-0-3.parquet']);
    expect(world.counted(metrics.commitConflicts)).toBe(1);
    expect(world.counted(metrics.strayWriter)).toBe(1);
    expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  });

  test('a version whose owner lost its bytes is taken, and somebody hears of it', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    const { objects, logStore } = world.ports.logOf('clicks');
    const replacing: typeof logStore = {
      ...logStore,
      commit: async (...args) => ({ ...(await logStore.commit(...args)), kind: 'committed', anomaly: 'tempMissing' }),
    };
    expect(await world.commit({ logOf: () => ({ objects, logStore: replacing }) })).toMatchObject({ version: 0 });
    expect(world.counted(metrics.lostCommits)).toBe(1);
    expect(world.counted(metrics.commitFailures)).toBe(0);
  });

  test('a commit without an answer is looked up in the log before it is made again', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    const { objects, logStore } = world.ports.logOf('clicks');
    const silent = {
      objects,
      logStore: {
        ...logStore,
        commit: async (...planned: Parameters<typeof logStore.commit>) => {
          await logStore.commit(...planned);
          return { kind: 'retryable' as const, reason: 'no answer' };
        },
      },
    };
    expect(await world.commit({ logOf: () => silent })).toMatchObject({ version: 0 });
    expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  });

  test('a commit that is never answered ends with an error, and nothing is lost', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    const { objects, logStore } = world.ports.logOf('clicks');
    const dead = {
      objects,
      logStore: { ...logStore, commit: async () => ({ kind: 'retryable' as const, reason: 'none' }) },
    };
    await expect(world.commit({ logOf: () => dead })).rejects.toMatchObject({ name: 'CommitContentionError' });
    expect(world.counted(metrics.commitFailures)).toBe(1);
    expect(await world.ledger.manifestsOf('t1')).toHaveLength(1);
    expect(await world.commit()).toMatchObject({ version: 0 });
  });

  test('a covered manifest that was staged after its commit is kept: the ledger is behind the log', async () => {
    const world = await worldWith();
    await world.write(0, [
      ...tableCreation(txnAction('test/ledger-1/clicks/0', 5n, { lastUpdated: 1_700_000_000_000 })),
    ]);
    await world.createTable({ incarnation: 'table-1' });
    world.ledger.items.tables.set('t1', { ...world.ledger.items.tables.get('t1')!, incarnation: 'table-1' });
    await world.stage(manifest([manifestRange(3)], { incarnation: 'table-1', stagedMs: 1_700_000_300_001 }));
    await expect(world.commit()).rejects.toMatchObject({ name: 'LedgerBehindLogError' });
    expect(world.counted(metrics.ledgerBehindLog)).toBe(1);
    expect(await world.ledger.manifestsOf('t1')).toHaveLength(1);
  });
});

describe('columns', () => {
  test('that the ledger agreed on come into the log with the files that use them', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    const record = (await world.ledger.tableById('t1'))!;
    const grown = { ...record, schemaString: schemaString(['id', 'long'], ['name', 'string']), schemaVersion: 2 };
    await world.ledger.updateTable(grown, 1);
    await world.stage(manifest([manifestRange(2)], { schemaVersion: 2 }));
    await world.commit();
    expect(metaDataOf(world.actions(1))?.schemaString).toBe(grown.schemaString);
    await world.stage(manifest([manifestRange(3)], { schemaVersion: 2 }));
    await world.commit();
    expect(metaDataOf(world.actions(2))).toBeUndefined();
  });

  test('that others added come into the ledger', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    const theirs = schemaString(['id', 'long'], ['theirs', 'string']);
    await world.write(1, [metaDataAction({ id: 'incarnation-1', schemaString: theirs })]);
    await world.stage(manifest([manifestRange(2)]));
    expect(await world.commit()).toMatchObject({ version: 2 });
    expect(await world.ledger.tableById('t1')).toMatchObject({ schemaString: theirs, schemaVersion: 2 });
    expect(metaDataOf(world.actions(2))).toBeUndefined();
  });

  test('that others added as well, in another case, are called as in the log for files to come', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    const record = (await world.ledger.tableById('t1'))!;
    const ours = { ...record, schemaString: schemaString(['id', 'long'], ['city', 'string']), schemaVersion: 2 };
    await world.ledger.updateTable(ours, 1);
    const theirs = schemaString(['id', 'long'], ['City', 'string']);
    await world.write(1, [metaDataAction({ id: 'incarnation-1', schemaString: theirs })]);
    await world.stage(manifest([manifestRange(2)], { schemaVersion: 2 }));
    expect(await world.commit()).toMatchObject({ version: 2 });
    expect(metaDataOf(world.actions(2))).toBeUndefined();
    expect(await world.ledger.tableById('t1')).toMatchObject({ schemaString: theirs, schemaVersion: 3 });
  });

  test('that contradict the log hold their files back, and the log has its way in the ledger', async () => {
    const world = await worldWith();
    const theirs = schemaString(['id', 'string']);
    await world.write(0, [protocolAction(), metaDataAction({ id: 'incarnation-1', schemaString: theirs })]);
    const other = manifestRange(1, { sourcePartition: 'clicks/1' });
    await world.stage(manifest([manifestRange(1)]), manifest([other], { schemaVersion: 2 }));
    expect(await world.commit()).toMatchObject({ version: 1, divertDue: true });
    expect(txnsOf(world.actions(1))).toEqual([['test/ledger-1/clicks/1', 1n]]);
    expect(await world.ledger.manifestsOf('t1')).toHaveLength(1);
    expect(await world.ledger.tableById('t1')).toMatchObject({
      schemaString: theirs,
      schemaVersion: 2,
      contradicted: [{ name: 'id', type: 'long', schemaVersion: 1, log: { incarnation: 'incarnation-1', version: 0 } }],
    });
    expect(await world.ledger.backlogOf('t1')).toMatchObject({ stagedManifests: 1 });
    expect(await world.ledger.backlogOf('t1')).not.toHaveProperty('dueAtMs');
    expect(await world.commit()).toMatchObject({ version: 1, divertDue: true });
  });

  test('of a log that the ledger has agreed with in a later version stop the commit by name', async () => {
    const world = await worldWith({ logStore: 'conditional' });
    const later = { name: 'id', type: 'long', schemaVersion: 1, log: { incarnation: 'incarnation-1', version: 1 } };
    const record = (await world.ledger.tableById('t1'))!;
    const agreed = { ...record, schemaString: schemaString(['id', 'string']), contradicted: [later], schemaVersion: 2 };
    await world.ledger.updateTable(agreed, 1);
    await world.write(0, [protocolAction(), metaDataAction({ id: 'incarnation-1' })]);
    await world.stage(manifest([manifestRange(1)], { schemaVersion: 2 }));
    await expect(world.commit()).rejects.toMatchObject({
      name: 'SchemaConflictError',
      message: 'table clicks: expected its log to have id as staged files do, "string", got "long"',
    });
    expect(await world.ledger.tableById('t1')).toEqual(agreed);
  });

  test('are told to the catalog, again where it could not be reached', async () => {
    const told: CatalogTable[] = [];
    let isDown = true;
    const catalog = {
      describe: async (table: CatalogTable) => {
        if (isDown) throw new Error('down');
        told.push(table);
      },
    };
    const world = new CommitWorld({}, { catalog });
    await world.createTable();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    expect(world.counted(metrics.catalogFailures)).toBe(1);
    isDown = false;
    await world.commit();
    await world.commit();
    expect(told).toMatchObject([{ tableName: 'clicks', schema: { fields: [{ name: 'id' }] } }]);
  });
});

describe('a table that others made', () => {
  test('anew: what was staged for the one before is stranded, what comes later is not', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    await world.stage(manifest([manifestRange(2)]));
    for (const path of [...world.objects.objects.keys()]) world.objects.objects.delete(path);
    world.entries.items.clear();
    await world.write(0, tableCreation());

    expect(await world.commit()).toMatchObject({ version: 0, waitS: 0 });
    expect(world.counted(metrics.strandedManifests)).toBe(1);
    expect(await world.ledger.tableById('t1')).toMatchObject({ incarnation: 'table-1' });
    await world.stage(manifest([manifestRange(1)], { incarnation: 'table-1' }));
    expect(await world.commit()).toMatchObject({ version: 1 });
    expect(await world.ledger.manifestsOf('t1')).toHaveLength(1);
  });

  test('and took away: nothing is made in its place while what is staged does not begin at the beginning', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(2)]));
    expect(await world.commit()).toMatchObject({ version: -1 });
    expect(world.counted(metrics.strandedManifests)).toBe(1);
    expect(world.objects.objects.has(commitPath(0))).toBe(false);
  });

  test('a gap that a second look closes strands nothing', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]), manifest([manifestRange(2)]));
    let looks = 0;
    const late = {
      ...world.ledger,
      manifestsOf: async () => (await world.ledger.manifestsOf('t1')).slice(looks++ === 0 ? 1 : 0),
    };
    expect(await world.commit({ ledger: late })).toMatchObject({ version: 0 });
    expect(world.counted(metrics.strandedManifests)).toBe(0);
    expect(world.adds(0)).toHaveLength(2);
  });
});

test('a checkpoint is due each time the interval is full', async () => {
  const world = await worldWith({ checkpointInterval: 3 });
  const due: boolean[] = [];
  for (let ordinal = 1; ordinal <= 7; ordinal++) {
    await world.stage(manifest([manifestRange(ordinal)]));
    due.push((await world.commit()).checkpointDue);
  }
  expect(due).toEqual([false, false, false, true, false, false, true]);
});

test('a table whose writers put conditionally has no entries', async () => {
  const world = await worldWith({ logStore: 'conditional' });
  await world.stage(manifest([manifestRange(1)]));
  expect(await world.commit()).toMatchObject({ version: 0 });
  expect(world.entries.items.size).toBe(0);
  expect([...world.objects.objects.keys()]).toEqual([commitPath(0)]);
});
