import { describe, expect, test } from 'vitest';
import type { TableRecord } from '#pipeline/ledger/ledger.ts';
import { optimizeTable } from '#pipeline/optimize/optimize-table.ts';
import { metaDataAction, schemaString, tableCreation } from '../../support/actions.ts';
import { CommitWorld } from '../../support/commit.ts';
import { ingestWorld, record } from '../../support/ingest.ts';
import { manifest, manifestRange } from '../../support/manifests.ts';
import { OptimizedTable } from '../../support/optimized-table.ts';

const oneLeaf = { 'delta.dataSkippingNumIndexedCols': '1' };

/** Names and statistics of what ingest stages of two records. */
async function staged(world: ReturnType<typeof ingestWorld>) {
  await world.ingest([record(1, '{"id":1,"name":"x"}'), record(2, '{"id":2,"name":"y"}')]);
  const [first] = await world.manifests('clicks');
  return { path: first!.files[0]!.path, described: Object.keys(JSON.parse(first!.files[0]!.stats).nullCount) };
}

describe('data files are written', () => {
  test('in Delta’s own way where no property says otherwise', async () => {
    const { path, described } = await staged(ingestWorld());
    expect(described).toEqual(['id', 'name']);
    expect(path).toMatch(/^part-id-\d+\.parquet$/);
  });

  test('with the statistics that the settings of a new table ask for', async () => {
    expect((await staged(ingestWorld({ properties: oneLeaf }))).described).toEqual(['id']);
    const named = { ...oneLeaf, 'delta.dataSkippingStatsColumns': 'name' };
    expect((await staged(ingestWorld({ properties: named }))).described).toEqual(['name']);
  });

  test('with their rows alone where statistics of all columns are more than a manifest holds', async () => {
    const world = ingestWorld({ properties: { 'delta.dataSkippingNumIndexedCols': '-1' } });
    const fields = Array.from({ length: 2_000 }, (_, index) => [`a_column_with_a_name_of_some_length_${index}`, index]);
    await world.ingest([record(1, JSON.stringify(Object.fromEntries(fields)))]);
    const [first] = await world.manifests('clicks');
    expect(first!.files.map(({ stats }) => stats)).toEqual(['{"numRecords":1}']);
  });

  test('under random folders where the table asks for them', async () => {
    const properties = { 'delta.randomizeFilePrefixes': 'true', 'delta.randomPrefixLength': '1' };
    const { path } = await staged(ingestWorld({ properties, partitionBy: ['id'] }));
    expect(path).toMatch(/^[0-9a-z]\/part-id-\d+\.parquet$/);
  });

  test('as the log of a table says that is there already', async () => {
    const world = ingestWorld({ properties: { 'delta.dataSkippingNumIndexedCols': '0' } });
    world.lake.set('clicks', {
      incarnation: 'lake-id',
      schemaString: schemaString(['id', 'long'], ['name', 'string']),
      partitionColumns: [],
      configuration: oneLeaf,
    });
    expect((await staged(world)).described).toEqual(['id']);
  });

  test('and nonsense that others wrote there counts as not set', async () => {
    const world = ingestWorld();
    world.lake.set('clicks', {
      incarnation: 'lake-id',
      schemaString: schemaString(['id', 'long'], ['name', 'string']),
      partitionColumns: [],
      configuration: { 'delta.dataSkippingNumIndexedCols': 'many', 'delta.dataSkippingStatsColumns': '' },
    });
    expect((await staged(world)).described).toEqual(['id', 'name']);
  });
});

test('rows that optimize writes anew have the statistics and names that the log asks for', async () => {
  const configuration = { ...oneLeaf, 'delta.randomizeFilePrefixes': 'true' };
  const table = new OptimizedTable({ configuration, settings: { optimize: { sortBy: ['id'] } } });
  try {
    await table.create();
    for (const id of [2n, 1n]) await table.append([[id, 'name']]);
    await optimizeTable({ tableName: 't', dryRun: false }, table.ports);
    const [file, ...others] = await table.files();
    expect(others).toEqual([]);
    expect(JSON.parse(file!.stats!)).toMatchObject({ numRecords: 2, nullCount: { id: 0 }, minValues: { id: 1 } });
    expect(Object.keys(JSON.parse(file!.stats!).nullCount)).toEqual(['id']);
    expect(file!.path).toMatch(/^[0-9a-z]{2}\/part-/);
  } finally {
    table.close();
  }
});

describe('the committer', () => {
  async function worldAt(configuration: Record<string, string>): Promise<CommitWorld> {
    const world = new CommitWorld({ checkpointInterval: 2 });
    await world.createTable();
    await world.write(0, tableCreation());
    await world.write(1, [metaDataAction({ configuration })]);
    return world;
  }
  const fileProperties = async (world: CommitWorld) => (await world.ledger.tableById('t1'))?.fileProperties;

  test('lets the ledger know properties of files when the log changes them', async () => {
    const world = await worldAt({ ...oneLeaf, owner: 'me' });
    await world.commit();
    expect(await fileProperties(world)).toEqual(oneLeaf);
    const { schemaVersion } = (await world.ledger.tableById('t1'))!;
    await world.commit();
    expect((await world.ledger.tableById('t1'))!.schemaVersion).toBe(schemaVersion);
    await world.write(2, [metaDataAction({ configuration: { owner: 'me' } })]);
    await world.commit();
    expect(await fileProperties(world)).toBeUndefined();
  });

  test('with columns at the same time', async () => {
    const world = await worldAt({});
    await world.commit();
    const grown = schemaString(['id', 'long'], ['new', 'string']);
    await world.write(2, [metaDataAction({ schemaString: grown, configuration: oneLeaf })]);
    await world.commit();
    expect(await world.ledger.tableById('t1')).toMatchObject({ schemaString: grown, fileProperties: oneLeaf });
  });

  test('keeps columns that only the ledger has when a property changes', async () => {
    const world = await worldAt({});
    await world.commit();
    const record = (await world.ledger.tableById('t1')) as TableRecord;
    const grown = schemaString(['id', 'long'], ['agreed', 'string']);
    await world.ledger.updateTable(
      { ...record, schemaString: grown, schemaVersion: record.schemaVersion + 1 },
      record.schemaVersion,
    );
    await world.write(2, [metaDataAction({ configuration: oneLeaf })]);
    await world.commit();
    expect(await world.ledger.tableById('t1')).toMatchObject({ schemaString: grown, fileProperties: oneLeaf });
  });

  test.each([
    [{ 'delta.checkpointInterval': '3' }, [false, true, false, false, true]],
    [{ 'delta.checkpointInterval': 'often' }, [true, false, true, false, true]],
    [{}, [true, false, true, false, true]],
  ])('has checkpoints made as %j says, else as the settings do', async (configuration, expected) => {
    const world = await worldAt(configuration);
    const due: boolean[] = [];
    for (let ordinal = 1; ordinal <= expected.length; ordinal++) {
      await world.stage(manifest([manifestRange(ordinal)], { incarnation: 'table-1' }));
      due.push((await world.commit()).checkpointDue);
    }
    expect(due).toEqual(expected);
  });
});
