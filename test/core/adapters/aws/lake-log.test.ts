import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { commitPath } from '#delta/log-path.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange } from '../../../support/manifests.ts';

/** A table whose log others put conditionally, which the settings name no more; no item of a commit may be put. */
async function removedTable() {
  const world = new CommitWorld({ logStore: 'conditional' });
  await world.createTable();
  await world.stage(manifest([manifestRange(1)]));
  await world.commit();
  const { tables } = settingsSchema.parse({ sources: {}, tables: {} });
  const settings = { environment: 'test', tables };
  const items = {
    async send(command: unknown) {
      if (command instanceof GetItemCommand) return {};
      throw new Error('expected no item of a commit to be put');
    },
  } as unknown as DynamoDBClient;
  const lake = {
    uri: 's3a://lake',
    storeOf: () => world.objects,
    foldersIn: async () => [],
    locate: () => undefined,
  };
  const logOf = lakeLog(settings, { lake, items, deltaLogTable: 'delta_log', ledger: world.ledger });
  return { world, commit: () => world.commit({ settings, logOf, states: new Map() }) };
}

test('what is staged for a table that settings name no more is committed as its log is written', async () => {
  const { world, commit } = await removedTable();
  await world.stage(manifest([manifestRange(2)]));
  world.nowMs += 120_000;
  expect(await commit()).toMatchObject({ version: 1 });
  expect(world.objects.objects.has(commitPath(1))).toBe(true);
});

test('and not while an operator switches it', async () => {
  const { world, commit } = await removedTable();
  await world.stage(manifest([manifestRange(2)]));
  world.nowMs += 120_000;
  const record = (await world.ledger.tableById('t1'))!;
  const logStore = { ...record.logStore!, switchingTo: 'dynamodb' as const };
  await world.ledger.updateTable(
    { ...record, logStore, schemaVersion: record.schemaVersion + 1 },
    record.schemaVersion,
  );
  await expect(commit()).rejects.toThrow('expected nobody to commit while its log store is switched to dynamodb');
});
