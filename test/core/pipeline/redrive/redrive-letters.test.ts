import { describe, expect, test } from 'vitest';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { lettersOf, redrive } from '../../../support/redrive.ts';

/** Orders of which some wrap their ids: they are refused until a transform unwraps them. */
const orders = (more = '', tables = '') => `
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  orders:
    kafka: { cluster: broker, topic: orders-topic, partitions: 2 }
    table: orders
    ${more}
tables:
  orders: { positionColumns: true, latency: 5s, evolution: add, schema: [{ name: id, type: long }] }
  dead_letters: { latency: 5s }
  ${tables}
`;
const fixed = "transforms: { id: 'id.n || id' }";

const idsIn = async (world: LakeWorld, table = 'orders') =>
  (await world.rows(table)).map(({ id }) => id).toSorted((left, right) => Number(left) - Number(right));

async function brokenWorld(settings = orders()): Promise<LakeWorld> {
  const world = await lakeWorld(settings);
  const value = (id: unknown) => ({ id });
  await world.push('orders', [
    { value: value(1) },
    { value: value({ n: 2 }) },
    { value: 'no JSON', partition: 1 },
    { value: value({ n: 4 }), partition: 1 },
    { value: value(5) },
  ]);
  await world.commit();
  return world;
}

describe('after a settings fix', () => {
  test('what was refused comes home once, however often it is asked for; what fails again stays as it is', async () => {
    const world = await brokenWorld();
    expect(await idsIn(world)).toEqual([1, 5]);
    expect(await redrive(world)).toMatchObject({
      redriven: {},
      before: 0,
      staying: { TypeMismatch: 2, InvalidJson: 1 },
    });

    world.deploy(orders(fixed));
    const first = await redrive(world);
    expect(first).toMatchObject({ redriven: { orders: 2 }, before: 0, staying: { InvalidJson: 1 } });
    expect(first.examples).toMatchObject([{ error: 'InvalidJson', letter: { table: 'orders', position: '0' } }]);
    const again = { redriven: {}, before: 2, staying: { InvalidJson: 1 } };
    expect(await redrive(world)).toMatchObject(again);
    await world.commit();
    expect(await redrive(world)).toMatchObject(again);
    await world.commit();
    expect(await idsIn(world)).toEqual([1, 2, 4, 5]);
    expect(await Array.fromAsync(lettersOf(world))).toHaveLength(3);
  });
});
