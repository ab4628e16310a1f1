import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { takenOverVersion } from '#pipeline/positions/sealed-offsets.ts';
import { type TakeOverRequest, takeOverTable } from '#pipeline/positions/take-over-table.ts';
import { restoreTable } from '#pipeline/restore/restore-table.ts';
import { metaDataAction, protocolAction, txnAction } from '../../../support/actions.ts';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { handoverPorts, topicPositions } from '../../../support/handover.ts';
import { KafkaDeltaIngest, type OldRecord } from '../../../support/kafka-delta-ingest.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders, partitions: 3 }, table: orders }
  clicks: { kinesis: { shards: 1 }, table: clicks }
tables: { orders: {}, clicks: {} }
`;

const request: TakeOverRequest = {
  tableName: 'orders',
  source: 'orders',
  appIds: ['writer'],
  quietMs: 600_000,
  watchMs: 10_000,
  dryRun: false,
};

const records = (partition: number, from: number, to: number): OldRecord[] =>
  Array.from({ length: to - from }, (_, index) => ({
    partition,
    offset: from + index,
    id: `${partition}/${from + index}`,
  }));

const pushed = (of: readonly OldRecord[]) =>
  of.map((record) => ({ ...record, position: record.offset, value: record, timestampMs: 1_700_000_000_000 }));

const topic = [...records(0, 0, 9), ...records(1, 0, 6), ...records(2, 0, 4)];

let world: LakeWorld;
let old: KafkaDeltaIngest;
beforeEach(async () => {
  world = await lakeWorld(settings);
  old = new KafkaDeltaIngest(world.storeOf('orders'), { appId: 'writer', nowMs: world.clock });
  await old.createTable();
  await old.write([...records(0, 0, 3), ...records(1, 0, 2)]);
  await old.write(records(0, 3, 5));
  world.nowMs += 3_600_000;
});

const state = async () => (await loadLogState(world.storeOf('orders'), checkpointCodec))!;
const append = async (version: number, actions: readonly Action[]) => {
  await world.storeOf('orders').putIfAbsent(commitPath(version), serializeActions(actions));
  world.nowMs += 3_600_000;
};
const ids = async () => (await world.rows('orders')).map(({ id }) => id).sort();
const allIds = topic.map(({ id }) => id).sort();

describe('a take-over goes on where the transactions are', () => {
  test('each record is in the table once, from the topic read whole', async () => {
    expect(await takeOverTable(request, handoverPorts(world))).toEqual({
      kind: 'handedOver',
      version: 3,
      lastCommit: { version: 2, writer: 'delta-rs.0.26.2', atMs: world.nowMs - 3_610_000 },
      claims: [
        { sourcePartition: 'orders/0', floor: '4', start: '5' },
        { sourcePartition: 'orders/1', floor: '1', start: '2' },
      ],
      blockers: [],
    });
    await world.push('orders', pushed(topic));
    await world.commit();
    expect(await ids()).toEqual(allIds);
    expect(await world.deadLetters()).toEqual([]);
  });

  test('the old writer finds itself outdated, and commits no more', async () => {
    await takeOverTable(request, handoverPorts(world));
    expect((await state()).txns.get('writer-0')?.version).toBe(takenOverVersion);
    expect(await old.write(records(0, 5, 9))).toBe('outdated');
    await world.push('orders', pushed(topic));
    await world.commit();
    expect(await ids()).toEqual(allIds);
  });

  test('again changes nothing, also while the pipeline is at work', async () => {
    await takeOverTable(request, handoverPorts(world));
    await world.push('orders', pushed(topic));
    await world.commit();
    const version = (await state()).version;
    const cursors = structuredClone(world.ledger.items.cursors);
    const on = [{ id: 'mapping-1', state: 'Enabled' }];
    expect(await takeOverTable(request, handoverPorts(world, on))).toMatchObject({ kind: 'already', version });
    expect((await state()).version).toBe(version);
    expect(world.ledger.items.cursors).toEqual(cursors);
  });

  test('a dry run says what would be and what is in the way, and writes nothing', async () => {
    await old.write(records(2, 0, 1));
    const before = structuredClone(world.ledger.items);
    const on = [{ id: 'mapping-1', state: 'Enabled' }];
    const planned = await takeOverTable({ ...request, dryRun: true }, handoverPorts(world, on));
    expect(planned).toMatchObject({
      kind: 'planned',
      claims: [
        { sourcePartition: 'orders/0' },
        { sourcePartition: 'orders/1' },
        { sourcePartition: 'orders/2', start: '1' },
      ],
      blockers: [expect.stringContaining('mapping-1 Enabled'), expect.stringContaining('to be 600 s old')],
    });
    expect(world.ledger.items).toEqual(before);
    expect((await state()).version).toBe(3);
  });
});

describe('partitions of which the table tells nothing', () => {
  const ends = { 0: 9, 1: 6, 2: 4, 3: 0 };
  const withTopic = () => ({ ...handoverPorts(world), positions: topicPositions(ends) });
  const ofPartition = (claims: readonly { sourcePartition: string }[], partition: number) =>
    claims.find(({ sourcePartition }) => sourcePartition === `orders/${partition}`);

  test('are refused where they have records, unless it is said where they begin', async () => {
    const refused = 'source partition orders/2: expected a transaction of it in table orders, or to be told';
    await expect(takeOverTable(request, withTopic())).rejects.toThrow(refused);
    const planned = await takeOverTable({ ...request, dryRun: true }, withTopic());
    expect(planned.blockers).toEqual([expect.stringContaining('--from-position 2=<offset>')]);
    expect(world.ledger.items.cursors.size).toBe(0);
    await expect(takeOverTable({ ...request, begins: { 1: '4' } }, withTopic())).rejects.toThrow(
      'source partition orders/1: expected no position for it, since table orders tells its own; got 4',
    );
  });

  test.each<[string, Partial<TakeOverRequest>, object, number]>([
    ['at an offset', { begins: { 2: '1' } }, { floor: '0', start: '1' }, 3],
    ['at the oldest', { rest: 'earliest' }, { start: '0' }, 4],
    ['at the newest', { rest: 'latest' }, { floor: '3', start: '4' }, 0],
  ])('begin %s', async (_, more, claim, read) => {
    const { claims } = await takeOverTable({ ...request, ...more }, withTopic());
    expect(ofPartition(claims, 2)).toEqual({ sourcePartition: 'orders/2', ...claim });
    expect(ofPartition(claims, 3)).toEqual({ sourcePartition: 'orders/3', start: '0' });
    await world.push('orders', pushed(topic));
    await world.commit();
    expect((await ids()).filter((id) => String(id).startsWith('2/'))).toHaveLength(read);
  });

  test('are shut to the old writer too', async () => {
    await takeOverTable({ ...request, rest: 'earliest' }, withTopic());
    expect(await old.write(records(2, 0, 4))).toBe('outdated');
    expect(await old.write(records(3, 0, 1))).toBe('outdated');
    await world.push('orders', pushed(topic));
    await world.commit();
    expect(await ids()).toEqual(allIds);
  });

  test('and that nobody knew of are shut with their first rows', async () => {
    await takeOverTable(request, handoverPorts(world));
    await world.push('orders', pushed(topic));
    await world.commit();
    expect(await old.write(records(2, 0, 4))).toBe('outdated');
    expect(await ids()).toEqual(allIds);
  });
});

describe('the old writer is first in a partition after the take-over', () => {
  const refused = 'expected nothing of writer since the table was taken over, found transaction writer-2 at 3';

  test('nothing is committed that would double its rows; where the pipeline has none, another take-over goes on after them', async () => {
    await takeOverTable(request, handoverPorts(world));
    await world.push('orders', pushed(topic.slice(0, 9)));
    expect(await old.write(records(2, 0, 4))).toBe('committed');
    await expect(world.commit()).rejects.toThrow(refused);
    world.nowMs += 3_600_000;
    const { claims } = await takeOverTable(request, handoverPorts(world));
    expect(claims).toEqual([{ sourcePartition: 'orders/2', floor: '3', start: '4' }]);
    await world.push('orders', pushed(topic));
    await world.commit();
    expect(await ids()).toEqual(allIds);
  });

  test('where the pipeline has staged rows of it, theirs are taken out first', async () => {
    await takeOverTable(request, handoverPorts(world));
    const before = (await state()).version;
    await world.push('orders', pushed(topic));
    expect(await old.write(records(2, 0, 4))).toBe('committed');
    await expect(world.commit()).rejects.toThrow(refused);
    world.nowMs += 3_600_000;
    await expect(takeOverTable(request, handoverPorts(world))).rejects.toThrow('has not fed it from orders/2 yet');
    const restored = await restoreTable(
      { tableName: 'orders', to: { version: before }, dryRun: false },
      { ...handoverPorts(world), measurements: world.measurements },
    );
    expect(restored).toMatchObject({ kind: 'restored', removedFiles: 1 });
    await takeOverTable({ ...request, sealOnly: true }, handoverPorts(world));
    await world.commit();
    expect(await ids()).toEqual(allIds);
    expect(await old.write(records(2, 4, 5))).toBe('outdated');
  });
});

describe('the old writer still at work', () => {
  test('a young commit is refused', async () => {
    await old.write(records(2, 0, 1));
    await expect(takeOverTable(request, handoverPorts(world))).rejects.toThrow(
      'expected its last commit to be 600 s old, so that its writer has been stopped; version 3 by delta-rs.0.26.2 is 0 s old',
    );
    expect(world.ledger.items.cursors.size).toBe(0);
  });

  test('a commit while the log is watched is refused', async () => {
    const ports = handoverPorts(world);
    const wait = async () => void (await old.write(records(2, 0, 1)));
    await expect(takeOverTable(request, { ...ports, wait })).rejects.toThrow(
      'found version 3 after 2; stop its writer',
    );
    expect(world.ledger.items.cursors.size).toBe(0);
  });

  test('its last commit, late, is counted in where it comes before the seal', async () => {
    const ports = handoverPorts(world);
    let isLate = false;
    const logOf: typeof ports.logOf = (name) => {
      const log = ports.logOf(name);
      const commit: typeof log.logStore.commit = async (...args) => {
        if (!isLate) {
          isLate = true;
          expect(await old.write([...records(0, 5, 7), ...records(2, 0, 1)])).toBe('committed');
        }
        return log.logStore.commit(...args);
      };
      return { ...log, logStore: { ...log.logStore, commit } };
    };
    const done = await takeOverTable(request, { ...ports, logOf });
    expect(done).toMatchObject({ kind: 'handedOver', version: 4 });
    expect(done.claims.map(({ start }) => start)).toEqual(['7', '2', '1']);
    await world.push('orders', pushed(topic));
    await world.commit();
    expect(await ids()).toEqual(allIds);
  });
});

describe('interrupted anywhere, it is run again', () => {
  test.each([1, 2, 3, 4, 5, 6])('after %d writes', async (writes) => {
    const ports = handoverPorts(world);
    let left = writes;
    const die = () => {
      left -= 1;
      if (left < 0) throw new Error('killed');
    };
    const dying: typeof ports.ledger = {
      ...ports.ledger,
      createTable: async (record) => {
        die();
        return ports.ledger.createTable(record);
      },
      stage: async (transaction) => {
        die();
        return ports.ledger.stage(transaction);
      },
    };
    const logOf: typeof ports.logOf = (name) => {
      const log = ports.logOf(name);
      const commit: typeof log.logStore.commit = async (...args) => {
        die();
        const outcome = await log.logStore.commit(...args);
        die();
        return outcome;
      };
      return { ...log, logStore: { ...log.logStore, commit } };
    };
    await takeOverTable(request, { ...ports, ledger: dying, logOf }).catch((error: Error) => {
      expect(error.message).toBe('killed');
    });
    const again = await takeOverTable(request, ports);
    expect(['handedOver', 'already']).toContain(again.kind);
    await world.push('orders', pushed(topic));
    await world.commit();
    expect(await ids()).toEqual(allIds);
  });
});

describe('whose offsets', () => {
  test('of several applications the one that got further counts', async () => {
    await append(3, [txnAction('older-0', 2n), txnAction('older-2', 1n)]);
    const { claims } = await takeOverTable({ ...request, appIds: ['older', 'writer'] }, handoverPorts(world));
    expect(claims.map(({ sourcePartition, start }) => [sourcePartition, start])).toEqual([
      ['orders/0', '5'],
      ['orders/1', '2'],
      ['orders/2', '2'],
    ]);
  });

  test('transactions of others stay as they are', async () => {
    const others = [txnAction('writer-extra-0', 7n), txnAction('writer', 8n), txnAction('writer-01', 9n)];
    await append(3, others);
    await takeOverTable(request, handoverPorts(world));
    const { txns } = await state();
    expect(others.map(({ txn }) => txns.get(txn.appId)?.version)).toEqual([7n, 8n, 9n]);
  });

  test('an application that the log does not know is refused, and those that it knows are named', async () => {
    await expect(takeOverTable({ ...request, appIds: ['metrics'] }, handoverPorts(world))).rejects.toThrow(
      'expected transactions of application metrics, metrics-<partition>; its log has writer-0, writer-1',
    );
  });
});

describe('refused before anything is written', () => {
  const untouched = async (failing: Promise<unknown>, message: string) => {
    const { version } = await state();
    await expect(failing).rejects.toThrow(message);
    expect((await state()).version).toBe(version);
    expect(world.ledger.items.tables.size).toBe(0);
    expect(world.ledger.items.cursors.size).toBe(0);
  };

  test('a feature that is not written here', async () => {
    await append(3, [protocolAction({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] })]);
    await untouched(takeOverTable(request, handoverPorts(world)), 'got rowTracking');
  });

  test('transactions that expire', async () => {
    const { metaData } = await state();
    const configuration = { 'delta.setTransactionRetentionDuration': 'interval 7 days' };
    await append(3, [metaDataAction({ ...metaData, configuration })]);
    await untouched(takeOverTable(request, handoverPorts(world)), 'expected no delta.setTransactionRetentionDuration');
  });

  test('other partition columns than the table has', async () => {
    world.deploy(settings.replace('orders: {}', 'orders: { partitionBy: [id] }'));
    await untouched(
      takeOverTable(request, handoverPorts(world)),
      'expected tables.orders.partitionBy to be as the table is, []; got [id]',
    );
  });

  test('other types than the table has', async () => {
    world.deploy(settings.replace('orders: {}', 'orders: { schema: [{ name: offset, type: string }] }'));
    await untouched(
      takeOverTable(request, handoverPorts(world)),
      'expected the settings to declare offset as the table has it, long; got string',
    );
  });

  test('a mapping that is on', async () => {
    const on = [{ id: 'mapping-1', state: 'Enabled' }];
    await untouched(takeOverTable(request, handoverPorts(world, on)), 'found mapping-1 Enabled');
  });

  test('a source that begins at the latest', async () => {
    world.deploy(settings.replace('table: orders }', 'table: orders, startingPosition: LATEST }'));
    await untouched(takeOverTable(request, handoverPorts(world)), 'got LATEST');
  });

  test('starting positions of a source of several tables behind what comes after the last offsets', async () => {
    const routed = 'route: { table: "{kind}", by: { kind: kind } }, startingPositions: { "1": 3 } }';
    world.deploy(settings.replace('table: orders }', routed));
    await untouched(
      takeOverTable(request, handoverPorts(world)),
      'expected startingPositions to have orders/1 begin at 2 or before, so that no record is left out; got 3',
    );
  });

  test('a stream', async () => {
    const other = { ...request, source: 'clicks' };
    await untouched(takeOverTable(other, handoverPorts(world)), 'source clicks: expected a Kafka topic');
  });

  test('no table', async () => {
    const other = { ...request, tableName: 'clicks' };
    await untouched(
      takeOverTable(other, handoverPorts(world)),
      'clicks: expected a Delta table at tables/clicks of the lake, found no log; one that lies elsewhere',
    );
  });
});

test('a cursor that has passed records of the table is not taken for granted', async () => {
  await world.push('orders', pushed(topic.slice(0, 7)));
  await expect(takeOverTable(request, handoverPorts(world))).rejects.toThrow(
    'expected that the pipeline has not fed it from orders/0 yet',
  );
});
