import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { restoreLedger } from '#pipeline/ledger/restore-ledger.ts';
import { containerFile } from '../../../support/avro-container.ts';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { memoryLedger } from '../../../support/memory-ledger.ts';
import { idsIn, orders, redrive } from '../../../support/redrive.ts';

/* Letters of Avro container files, which hold many records. */
test('a file of many records comes home as a whole, or stays as a whole', async () => {
  const file = (...ids: string[]) =>
    containerFile(
      { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] },
      ids.map((id) => ({ id })),
    );
  const world = await lakeWorld(orders());
  await world.push('orders', [
    { value: await file('1', '2') },
    { value: await file('3', 'x') },
    { value: await file('4') },
  ]);
  await world.commit();
  expect(await world.deadLetters()).toHaveLength(3);
  world.deploy(orders('format: { kind: avro, framing: container }'));
  expect(await redrive(world)).toMatchObject({ redriven: { orders: 2 }, staying: { TypeMismatch: 1 } });
  expect(await redrive(world)).toMatchObject({ redriven: {}, before: 2, staying: { TypeMismatch: 1 } });
  await world.commit();
  expect((await world.rows('orders')).map(({ id, _position }) => [id, _position])).toEqual([
    [1, '0.0'],
    [2, '0.1'],
    [4, '2'],
  ]);
  await world.push('orders', [{ value: await file('5', 'y') }]);
  await world.commit();
  world.deploy(orders(`format: { kind: avro, framing: container }\n    transforms: { id: "id == 'y' && '6' || id" }`));
  expect(await redrive(world)).toMatchObject({ redriven: { orders: 1 }, before: 2, staying: { TypeMismatch: 1 } });
  await world.commit();
  expect((await world.rows('orders')).map(({ id, _position }) => [id, _position])).toContainEqual([6, '3.1']);
});

describe('a file of many records that went to two tables', () => {
  const routed = (format: string, t = 't') => `
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  orders:
    kafka: { cluster: broker, topic: orders-topic }
    route: { table: 'orders_{t}', by: { t: "${t}" } }
    ${format}
tables:
  orders_a: { latency: 5s, evolution: freeze, schema: [{ name: id, type: long }] }
  orders_*: { latency: 10m, evolution: freeze, schema: [{ name: id, type: long }] }
  dead_letters: { latency: 5s }
`;
  const asFiles = 'format: { kind: avro, framing: container }';
  const file = (...records: { id: number; t: string }[]) => {
    const fields = ['id', 't'].map((name) => ({ name, type: name === 'id' ? 'long' : 'string' }));
    return containerFile({ type: 'record', name: 'Order', fields }, records);
  };

  /** Redriven, then the ledger is lost when only the first table's rows are in its log. */
  async function restoredWorld() {
    const world = await lakeWorld(routed('format: json'));
    const [a, b] = ['a', 'b'];
    await world.push('orders', [
      { value: await file({ id: 1, t: a }, { id: 2, t: b }, { id: 3, t: a }, { id: 4, t: b }) },
    ]);
    await world.commit();
    const backup = structuredClone(world.ledger.items);
    const restoredToMs = world.nowMs;
    world.deploy(routed(asFiles));
    expect(await redrive(world)).toMatchObject({ redriven: { orders_a: 1, orders_b: 1 } });
    world.nowMs += 5_000;
    await world.commitRipe();
    expect([await idsIn(world, 'orders_a'), await idsIn(world, 'orders_b')]).toEqual([[1, 3], []]);
    await restore(world, backup, restoredToMs, 'ledger-2');
    return { world, backup, restoredToMs };
  }
  async function restore(
    world: LakeWorld,
    backup: Parameters<typeof memoryLedger>[1],
    restoredToMs: number,
    id: string,
  ) {
    const ledger = memoryLedger(id, backup);
    const { settings, logOf, ids } = world;
    await restoreLedger(restoredToMs, {
      ledger,
      settings,
      tablesInLake: async () => [...world.stores.keys()],
      logOf,
      codec: checkpointCodec,
      ids,
    });
    Object.assign(world.ledger, ledger);
  }

  test('brings those home that no table has, once', async () => {
    const { world } = await restoredWorld();
    expect(await redrive(world)).toMatchObject({ redriven: { orders_b: 1 }, before: 0 });
    expect(await redrive(world)).toMatchObject({ redriven: {}, before: 1 });
    await world.commit();
    expect([await idsIn(world, 'orders_a'), await idsIn(world, 'orders_b')]).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  test('wherever the route of today leads them', async () => {
    const { world } = await restoredWorld();
    world.deploy(routed(asFiles, `id == \`4\` && 'c' || 'a'`));
    expect(await redrive(world)).toMatchObject({ redriven: { orders_a: 1, orders_c: 1 } });
    await world.commit();
    expect([await idsIn(world, 'orders_a'), await idsIn(world, 'orders_c')]).toEqual([[1, 2, 3], [4]]);
  });

  test('and is lost again, with the ledger and one table of two', async () => {
    const { world, backup, restoredToMs } = await restoredWorld();
    world.deploy(routed(asFiles, `id == \`4\` && 'b' || 'a'`));
    expect(await redrive(world)).toMatchObject({ redriven: { orders_a: 1, orders_b: 1 } });
    world.nowMs += 5_000;
    await world.commitRipe();
    await restore(world, backup, restoredToMs, 'ledger-3');
    await restore(world, structuredClone(world.ledger.items), restoredToMs, 'ledger-4');
    world.deploy(routed(asFiles));
    expect(await redrive(world)).toMatchObject({ redriven: { orders_b: 1 } });
    await world.commit();
    expect([await idsIn(world, 'orders_a'), await idsIn(world, 'orders_b')]).toEqual([[1, 2, 3], [4]]);
    await restore(world, backup, restoredToMs, 'ledger-5');
    expect(await redrive(world)).toMatchObject({ redriven: {}, before: 1 });
  });

  test('stays where it does not hold as many any more', async () => {
    const { world } = await restoredWorld();
    world.deploy(routed('format: bytes', "'a'"));
    expect(await redrive(world)).toMatchObject({ redriven: {}, staying: { PartlyRedriven: 1 } });
  });
});
