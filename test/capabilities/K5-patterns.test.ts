import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources:
  shop:
    kinesis: { shards: 1 }
    route:
      table: 'events_{type}'
      by: { type: type, tenant: tenant }
      include: { type: '^(order|payment)' }
      exclude: { type: '_test$', tenant: '^internal$' }
tables: { 'events_*': {} }
`;

test('K5 types are let in and left out by patterns; what is left out is counted', async () => {
  const world = await lakeWorld(settings);
  const typed = (type: string, tenant: string, id: number) => ({ value: { type, tenant, id } });
  await world.push('shop', [
    typed('order', 'acme', 1),
    typed('view', 'acme', 2),
    typed('order_test', 'acme', 3),
    typed('payment', 'internal', 4),
    typed('payment', 'acme', 5),
  ]);
  await world.commit();
  expect((await world.tables()).map(({ tableName }) => tableName).sort()).toEqual(['events_order', 'events_payment']);
  expect(await world.rows('events_order')).toMatchObject([{ id: 1 }]);
  expect(await world.rows('events_payment')).toMatchObject([{ id: 5 }]);
  expect(world.counted(metrics.recordsDropped)).toBe(3);
  expect(await world.deadLetters()).toEqual([]);
});
