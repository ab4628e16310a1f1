import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { commitFileName, commitPath } from '#delta/log-path.ts';
import type { LogStore } from '#delta/log-store.ts';
import { agreedLogStore } from '#pipeline/commit/agreed-log-store.ts';
import type { LogStoreInForce } from '#pipeline/ledger/ledger.ts';
import { type SwitchPorts, switchLogStore } from '#pipeline/log/switch-log-store.ts';
import { type SparkParts, sparkAppends } from '../../../simulation/spark-writer.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange } from '../../../support/manifests.ts';

type Family = LogStoreInForce['family'];
const tablePath = 's3a://lake/tables/clicks';

/** A table with one version, written by the family; `as` is a committer with the settings of either. */
async function worldOf(family: Family) {
  const world = new CommitWorld({ logStore: family });
  await world.createTable();
  await world.stage(manifest([manifestRange(1)]));
  await world.commit();
  let ids = 0;
  const { objects, entries, ledger } = world;
  const parts: SparkParts = { store: objects, entries, tablePath, ids: () => `x-${++ids}` };
  const clock = () => world.nowMs;
  const items = dynamodbLogStore({ ...parts, clock });
  const stores: Record<Family, LogStore> = {
    dynamodb: items,
    conditional: conditionalLogStore(objects, { entries, tablePath }),
  };
  const logOf = (of: Family) => () => ({
    objects,
    logStore: agreedLogStore({ logStore: stores[of], family: of, environment: 'test', tableName: 'clicks', ledger }),
  });
  const ports: SwitchPorts = {
    ...{ ledger, clock, ids: parts.ids, codec: checkpointCodec },
    itemLogOf: () => ({ objects, logStore: items }),
  };
  const as = (of: Family) => ({
    logOf: logOf(of),
    settings: { environment: 'test', tables: { ...world.ports.settings.tables, clicks: settingsOf(world, of) } },
  });
  const inForce = async () => (await ledger.tableById('t1'))?.logStore;
  return { world, parts, ports, as, inForce, stores };
}

const settingsOf = ({ ports }: CommitWorld, logStore: Family) => ({ ...ports.settings.tables.clicks!, logStore });

describe.each([
  ['dynamodb', 'conditional'],
  ['conditional', 'dynamodb'],
] as const)('from %s to %s', (from, to) => {
  test('commits go on by the new family, and by no other', async () => {
    const { world, ports, as, inForce } = await worldOf(from);
    expect(await switchLogStore('clicks', to, ports)).toEqual({ kind: 'switched', version: 1 });
    expect(await inForce()).toEqual({ family: to, sinceVersion: 1 });
    await world.stage(manifest([manifestRange(2)]));
    await expect(world.commit(as(from))).rejects.toMatchObject({
      name: 'LogStoreSwitchedError',
      message: expect.stringContaining(`alluvium log-store --env test clicks ${from}`),
    });
    expect(await world.commit(as(to))).toMatchObject({ version: 2 });
    expect(world.adds(2)).toHaveLength(1);
  });

  test('a committer that was let through before is overtaken, and then refused', async () => {
    const { world, ports, as, stores } = await worldOf(from);
    await world.stage(manifest([manifestRange(2)]));
    const { objects, logStore } = as(from).logOf();
    let isLetThrough = true;
    const late: LogStore = {
      ...logStore,
      async commit(...args) {
        if (!isLetThrough) return logStore.commit(...args);
        isLetThrough = false;
        await switchLogStore('clicks', to, ports);
        return stores[from].commit(...args);
      },
    };
    await expect(world.commit({ ...as(from), logOf: () => ({ objects, logStore: late }) })).rejects.toThrow(
      'log-store',
    );
    expect(world.objects.objects.has(commitPath(2))).toBe(false);
    expect(await world.commit(as(to))).toMatchObject({ version: 2 });
    expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  });

  test('done twice it is done once; interrupted, nobody commits until it is done again', async () => {
    const { world, ports, as, inForce } = await worldOf(from);
    const cut: SwitchPorts = {
      ...ports,
      itemLogOf: () => {
        throw new Error('cut off');
      },
    };
    await expect(switchLogStore('clicks', to, cut)).rejects.toThrow('cut off');
    expect(await inForce()).toEqual({ family: from, sinceVersion: -1, switchingTo: to });
    await world.stage(manifest([manifestRange(2)]));
    for (const family of [from, to]) {
      await expect(world.commit(as(family))).rejects.toThrow(`alluvium log-store --env test clicks ${to}`);
    }
    expect(await switchLogStore('clicks', to, ports)).toEqual({ kind: 'switched', version: 1 });
    expect(await switchLogStore('clicks', to, ports)).toEqual({ kind: 'already' });
    expect(await world.commit(as(to))).toMatchObject({ version: 2 });
  });
});

test('after a switch to dynamodb Spark finds the entry of the version before its own complete', async () => {
  const { world, parts, ports } = await worldOf('conditional');
  await switchLogStore('clicks', 'dynamodb', ports);
  expect(await world.entries.newest(tablePath)).toMatchObject({ fileName: commitFileName(1), complete: true });
  expect(await sparkAppends(parts, false)).toBeDefined();
  expect(world.adds(2)).toHaveLength(1);
});

test('what an item writer has begun is in the log before conditional writers write', async () => {
  const { world, parts, ports } = await worldOf('dynamodb');
  const begun = { tablePath, fileName: commitFileName(1), tempPath: '.tmp/begun', complete: false };
  await world.objects.put('_delta_log/.tmp/begun', new TextEncoder().encode('{"commitInfo":{"operation":"WRITE"}}\n'));
  await parts.entries.putIfAbsent(begun);
  expect(await switchLogStore('clicks', 'conditional', ports)).toEqual({ kind: 'switched', version: 2 });
  expect(world.actions(1)).toEqual([{ commitInfo: { operation: 'WRITE' } }]);
  expect([...world.entries.items.values()].filter(({ complete }) => !complete)).toEqual([]);
});

test('two operators at once: the one whose switch was taken over hears of it', async () => {
  const { ports } = await worldOf('dynamodb');
  const overtaken: SwitchPorts = {
    ...ports,
    itemLogOf: (table) => {
      const { objects, logStore } = ports.itemLogOf(table);
      const finish = async () => {
        const record = (await ports.ledger.tableById('t1'))!;
        const logStore = { family: 'dynamodb' as const, sinceVersion: -1, switchingTo: 'dynamodb' as const };
        await ports.ledger.updateTable(
          { ...record, logStore, schemaVersion: record.schemaVersion + 1 },
          record.schemaVersion,
        );
      };
      return { objects, logStore: { ...logStore, finish } };
    },
  };
  await expect(switchLogStore('clicks', 'conditional', overtaken)).rejects.toThrow('switched to conditional alone');
});

test('a table without a log takes the family at once; one that the ledger does not know is refused', async () => {
  const world = new CommitWorld();
  await world.createTable();
  const { ports } = await worldOf('dynamodb');
  const own: SwitchPorts = { ...ports, ledger: world.ledger, itemLogOf: world.ports.logOf };
  expect(await switchLogStore('clicks', 'conditional', own)).toEqual({ kind: 'switched' });
  expect((await world.ledger.tableById('t1'))?.logStore).toEqual({ family: 'conditional', sinceVersion: 0 });
  await expect(switchLogStore('trips', 'conditional', own)).rejects.toThrow('expected table trips in the ledger');
});
