import { describe, expect, test } from 'vitest';
import { resumeTable } from '#pipeline/commit/resume-table.ts';
import { tableCreation, txnAction } from '../../../support/actions.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange, stagedFile } from '../../../support/manifests.ts';

const paths = (world: CommitWorld, versions: number[]) =>
  versions.flatMap((version) => world.adds(version).map(({ path }) => path));

async function worldWith(...settings: [Record<string, unknown>?]): Promise<CommitWorld> {
  const world = new CommitWorld(...settings);
  await world.createTable();
  return world;
}

const dropLog = (world: CommitWorld) => {
  world.objects.objects.clear();
  world.entries.items.clear();
};

describe('resuming a table', () => {
  test('with nothing stranded changes nothing', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    expect(await resumeTable('clicks', world.ports)).toEqual({ manifests: 0, rows: 0 });
    expect(world.objects.objects.size).toBe(0);
    await expect(resumeTable('elsewhere', world.ports)).rejects.toThrow('expected table elsewhere in the ledger');
  });

  test('whose log was deleted makes it anew, and what was staged comes in in its order', async () => {
    const world = await worldWith({ properties: { 'delta.appendOnly': 'true' } });
    await world.stage(
      manifest([manifestRange(7)]),
      manifest([manifestRange(8), manifestRange(3, { sourcePartition: 'clicks/1' })]),
      manifest([manifestRange(2, { sourcePartition: 'clicks/1' })]),
    );
    expect(await resumeTable('clicks', world.ports)).toEqual({ manifests: 3, rows: 30 });
    const record = await world.ledger.tableById('t1');
    expect(record?.incarnation).not.toBe('incarnation-1');
    expect(world.actions(0)).toContainEqual({
      metaData: expect.objectContaining({ id: record?.incarnation, configuration: { 'delta.appendOnly': 'true' } }),
    });
    expect(await world.commit()).toMatchObject({ version: 1 });
    expect(paths(world, [1]).toSorted()).toEqual([
      'part-clicks-0-7.parquet',
      'part-clicks-0-8_clicks-1-3.parquet',
      'part-clicks-1-2.parquet',
    ]);
    expect(await world.ledger.manifestsOf('t1')).toEqual([]);
    const { ordinals } = (await world.ledger.readCursor('clicks/0'))!;
    expect(ordinals).toEqual({ t1: { incarnation: record?.incarnation, ledgerId: 'ledger-1', ordinal: 2 } });
  });

  test('that others made anew stages for it what was staged for the one before', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(4)]), manifest([manifestRange(5)]));
    await world.write(0, tableCreation());
    await world.commit();
    await world.stage(manifest([manifestRange(1)], { incarnation: 'table-1', files: [stagedFile('new.parquet')] }));
    await world.ledger.stage({
      moves: [
        {
          sourcePartition: 'clicks/0',
          expectedRevision: 0,
          next: {
            position: '99',
            ordinals: { t1: { incarnation: 'table-1', ledgerId: 'ledger-1', ordinal: 1 } },
            floors: {},
            greatestTimestampMs: 5,
            batchEnds: [],
          },
        },
      ],
      manifests: [],
    });
    expect(await resumeTable('clicks', world.ports)).toEqual({ manifests: 2, rows: 20 });
    await world.commit();
    expect(paths(world, [1])).toEqual(['new.parquet', 'part-clicks-0-4.parquet', 'part-clicks-0-5.parquet']);
    expect(await world.ledger.readCursor('clicks/0')).toMatchObject({ position: '99', greatestTimestampMs: 5 });
  });

  test('whose log forgot a source partition goes on at the first manifest that waits', async () => {
    const world = await worldWith();
    await world.write(0, tableCreation(txnAction('test/ledger-1/clicks/1', 2n)));
    await world.createTable();
    world.ledger.items.tables.set('t1', { ...(await world.ledger.tableById('t1'))!, incarnation: 'table-1' });
    await world.stage(
      manifest([manifestRange(9), manifestRange(3, { sourcePartition: 'clicks/1' })], { incarnation: 'table-1' }),
    );
    expect(await resumeTable('clicks', world.ports)).toEqual({ manifests: 1, rows: 10 });
    expect(world.actions(1).filter((action) => 'txn' in action)).toMatchObject([
      { txn: { appId: 'test/ledger-1/clicks/0', version: 8n } },
    ]);
    expect(await world.commit()).toMatchObject({ version: 2 });
    expect(world.adds(2)).toHaveLength(1);
  });

  test('does not pass what a first look has missed, since it was being staged', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    await world.stage(manifest([manifestRange(2)]), manifest([manifestRange(3)]));
    let looks = 0;
    const ledger = {
      ...world.ledger,
      async manifestsOf(tableId: string) {
        const staged = await world.ledger.manifestsOf(tableId);
        return ++looks === 1 ? staged.filter(({ ranges }) => ranges[0]?.ordinal !== 2) : staged;
      },
    };
    expect(await resumeTable('clicks', { ...world.ports, ledger })).toEqual({ manifests: 0, rows: 0 });
    await world.commit();
    expect(paths(world, [1])).toEqual(['part-clicks-0-2.parquet', 'part-clicks-0-3.parquet']);
  });

  test('many manifests take several transactions', async () => {
    const world = await worldWith();
    const manifests = Array.from({ length: 120 }, (_, index) => manifest([manifestRange(index + 2)]));
    await world.stage(...manifests.slice(0, 60));
    await world.stage(...manifests.slice(60));
    expect(await resumeTable('clicks', world.ports)).toMatchObject({ manifests: 120 });
    await world.commit();
    expect(paths(world, [1])).toEqual(manifests.map(({ files }) => files[0]?.path));
  });

  test('keeps files that do not fit its partitioning from being committed as they are', async () => {
    const world = await worldWith();
    await world.stage(
      manifest([manifestRange(2)], { files: [stagedFile('a.parquet', { partitionValues: { day: '1' } })] }),
    );
    expect(await resumeTable('clicks', world.ports)).toMatchObject({ manifests: 1 });
    expect(await world.commit()).toMatchObject({ version: 0, divertDue: true });
    expect(await world.ledger.manifestsOf('t1')).toHaveLength(1);
  });

  test('goes on after answers that are lost and cursors that move meanwhile', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(2)]), manifest([manifestRange(3)]));
    const { stage } = world.ledger;
    let calls = 0;
    const ledger = {
      ...world.ledger,
      stage: async (transaction: Parameters<typeof stage>[0]) => {
        calls++;
        if (calls === 1) return 'refused' as const;
        const outcome = await stage(transaction);
        return calls === 2 ? ('unknown' as const) : outcome;
      },
    };
    expect(await resumeTable('clicks', { ...world.ports, ledger })).toMatchObject({ manifests: 2 });
    await world.commit();
    expect(world.adds(1)).toHaveLength(2);
  });

  test('is safe from a committer that makes the deleted table again meanwhile', async () => {
    const world = await worldWith();
    await world.stage(manifest([manifestRange(1)]));
    await world.commit();
    dropLog(world);
    await world.stage(
      manifest([manifestRange(1)], { files: [stagedFile('other.parquet')] }),
      manifest([manifestRange(3)]),
    );
    const zombie = await world.ledger.manifestsOf('t1');
    await resumeTable('clicks', world.ports);
    await world.commit({
      ledger: { ...world.ledger, manifestsOf: async () => zombie },
      states: new Map(),
    });
    await world.commit();
    const all = paths(
      world,
      [0, 1, 2].filter((version) => version <= (world.ports.states.get('t1')?.version ?? 0)),
    );
    expect(all.toSorted()).toEqual(['other.parquet', 'part-clicks-0-3.parquet']);
  });
});
