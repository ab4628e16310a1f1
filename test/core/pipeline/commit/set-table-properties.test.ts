import { describe, expect, test } from 'vitest';
import type { Action } from '#delta/actions.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { loadLogState } from '#delta/log-state.ts';
import { setTableProperties } from '#pipeline/commit/set-table-properties.ts';
import { restoreTable } from '#pipeline/restore/restore-table.ts';
import { addFile, metaDataAction, schemaString, tableCreation } from '../../../support/actions.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange, stagedFile } from '../../../support/manifests.ts';

/** A table of the ledger and the log; others write actions just before our commits. */
async function worldWith(...others: Action[][]): Promise<CommitWorld> {
  const world = new CommitWorld();
  await world.createTable({ incarnation: 'table-1' });
  await world.write(0, tableCreation());
  const inner = conditionalLogStore(world.objects);
  let version = 0;
  world.ports.logOf = () => ({
    objects: world.objects,
    logStore: {
      ...inner,
      async commit(...args) {
        const winner = others.shift();
        if (winner !== undefined) await world.write(++version, winner);
        return inner.commit(...args);
      },
    },
  });
  return world;
}

const stateOf = async (world: CommitWorld) => (await loadLogState(world.objects, world.ports.codec))!;

describe('properties of a table', () => {
  test('are set in a version of their own, and the ledger knows those of files', async () => {
    const world = await worldWith();
    const changes = { owner: 'me', 'delta.dataSkippingNumIndexedCols': '3' };
    expect(await setTableProperties('clicks', changes, world.ports)).toEqual({ kind: 'set', version: 1 });
    expect((await stateOf(world)).metaData.configuration).toEqual(changes);
    expect((await world.ledger.tableById('t1'))?.fileProperties).toEqual({ 'delta.dataSkippingNumIndexedCols': '3' });
    expect(await setTableProperties('clicks', changes, world.ports)).toEqual({ kind: 'same' });
    expect(world.actions(1)[0]).toMatchObject({
      commitInfo: {
        operation: 'SET TBLPROPERTIES',
        operationParameters: { properties: JSON.stringify(changes) },
        isBlindAppend: false,
      },
    });
  });

  test('are planned anew over other changes of metaData', async () => {
    const theirs = metaDataAction({ schemaString: schemaString(['id', 'long'], ['new', 'string']) });
    const world = await worldWith([theirs], [{ add: addFile('a') }]);
    expect(await setTableProperties('clicks', { owner: 'me' }, world.ports)).toEqual({ kind: 'set', version: 3 });
    expect((await stateOf(world)).metaData).toEqual({ ...theirs.metaData, configuration: { owner: 'me' } });
  });

  test('are given up on when others change metaData each time', async () => {
    const others = Array.from({ length: 10 }, (_, round) => [metaDataAction({ configuration: { round: `${round}` } })]);
    const world = await worldWith(...others);
    await expect(setTableProperties('clicks', { owner: 'me' }, world.ports)).rejects.toThrow(
      'expected to set its properties within 10 rounds',
    );
  });

  test('of no table are not set', async () => {
    const world = new CommitWorld();
    expect(await setTableProperties('clicks', { owner: 'me' }, world.ports)).toEqual({ kind: 'noTable' });
  });
});

describe('a restored table', () => {
  test('agrees with the ledger, whose columns come back with what is staged, and whose rows do not', async () => {
    const world = await worldWith();
    const grown = schemaString(['id', 'long'], ['new', 'string']);
    await world.stage(manifest([manifestRange(1)], { incarnation: 'table-1', files: [stagedFile('one.parquet')] }));
    await world.commit();
    const record = (await world.ledger.tableById('t1'))!;
    await world.ledger.updateTable({ ...record, schemaString: grown, schemaVersion: 2 }, 1);
    await world.stage(
      manifest([manifestRange(2)], { incarnation: 'table-1', schemaVersion: 2, files: [stagedFile('two.parquet')] }),
    );
    await world.commit();
    await setTableProperties('clicks', { 'delta.dataSkippingNumIndexedCols': '3' }, world.ports);
    await world.objects.put('one.parquet', new Uint8Array(1));

    const request = { tableName: 'clicks', to: { version: 1 }, dryRun: false };
    expect(await restoreTable(request, world.ports)).toMatchObject({ kind: 'restored', removedFiles: 1, version: 4 });
    expect((await stateOf(world)).metaData.schemaString).toBe(schemaString(['id', 'long']));
    expect(await world.ledger.tableById('t1')).toMatchObject({ schemaString: grown });
    expect((await world.ledger.tableById('t1'))?.fileProperties).toBeUndefined();

    await world.stage(
      manifest([manifestRange(3)], { incarnation: 'table-1', schemaVersion: 2, files: [stagedFile('three.parquet')] }),
    );
    expect(await world.commit()).toMatchObject({ version: 5 });
    expect((await stateOf(world)).metaData.schemaString).toBe(grown);
    expect(world.adds(5).map(({ path }) => path)).toEqual(['three.parquet']);
    expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  });
});
