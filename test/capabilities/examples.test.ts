import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';

const folder = join(import.meta.dirname, '../../config/examples');

const exampleWorld = (name: string): Promise<LakeWorld> =>
  lakeWorld(readFileSync(join(folder, name), 'utf8'), { file: `config/examples/${name}` });

test('config/examples/kafka-delta-ingest.yaml: types of one topic are tables, others are dropped, broken ones are kept', async () => {
  const world = await exampleWorld('kafka-delta-ingest.yaml');
  const modified = '2026-11-21T12:00:00Z';
  await world.push('events', [
    { value: { type: 'order_placed', id: 'o-1', modified, total: '12.50' } },
    { value: { type: 'payment_received', id: 'p-1', modified, order: { id: 'o-1' } }, partition: 1 },
    { value: { type: 'debug_line', modified } },
    { value: { type: 'order_placed', modified, total: 1 } },
    { value: 'no JSON' },
    { value: { type: 'order_placed', id: 'o-2', modified, total: 3, gift: true } },
  ]);
  await world.commit();
  const kafka = (offset: number, partition = 0) => ({ kafka: { offset, partition, topic: 'events' } });
  const order = { date: '2026-11-21', modified: '2026-11-21T12:00:00.000000Z' };
  expect(await world.rows('events_order_placed')).toEqual([
    { ...order, id: 'o-1', total: '12.50', meta: kafka(0), gift: null },
    { ...order, id: 'o-2', total: '3.00', meta: kafka(4), gift: true },
  ]);
  expect(await world.rows('events_payment_received')).toEqual([
    { id: 'p-1', modified, order: { id: 'o-1' }, date: '2026-11-21', meta: kafka(0, 1) },
  ]);
  expect(await world.deadLetters('broken_events')).toMatchObject([
    { error: 'MissingValue', path: '$.id', route: 'events_{type}', date: '2026-11-21' },
    { payload: 'no JSON', date: '2026-11-21' },
  ]);
  expect((await world.tables()).map(({ tableName }) => tableName).sort()).toEqual([
    ...['broken_events', 'events_order_placed', 'events_payment_received'],
  ]);
});

test('config/examples/danube.yaml: topics are tables with their schemas, payloads of text, numbers and bytes included', async () => {
  const world = await exampleWorld('danube.yaml');
  const user = {
    user_id: 'u-1',
    event: 'login',
    age: 255,
    visits: 1,
    score: 0.5,
    is_new: true,
    at: 1_763_726_400_000_000,
  };
  await world.push('user-events', [
    { value: { ...user, visits: 0, unmapped: 'left out' }, key: 'u-1', headers: { producer: 'web' } },
    { value: JSON.stringify(user).replace('"visits":1', '"visits":18446744073709551615'), key: 'u-1' },
    { value: { ...user, age: 70_000 } },
  ]);
  await world.push('payments', [{ value: { id: 1, amount: 12.5, receipt: 'AAEC' } }, { value: { id: 2 } }]);
  await world.push('audit-lines', [{ value: 'line 1' }]);
  await world.push('counters', [{ value: Buffer.from('00000000000003e8', 'hex') }, { value: Buffer.alloc(3) }]);
  await world.push('frames', [{ value: Buffer.from([0, 255]) }]);
  await world.commit();
  const rows = await world.canonicalRows('user_events');
  expect(rows.join()).toMatch(
    /"visits":"18446744073709551615","score":0.5,"is_new":true,"at":"2025-11-21T12:00:00.000000Z"/,
  );
  const metadata = (await world.rows('user_events')).map(({ _danube_metadata }) =>
    JSON.parse(String(_danube_metadata)),
  );
  expect(metadata).toMatchObject([
    { source: 'user-events', partition: '0', position: '0', key: 'u-1' },
    { source: 'user-events', partition: '0', position: '1', key: 'u-1' },
  ]);
  expect(await world.rows('payments')).toEqual([{ id: 1, amount: '12.50', receipt: 'AAEC' }]);
  expect(await world.rows('audit_lines')).toEqual([{ data: 'line 1' }]);
  expect(await world.rows('counters')).toEqual([{ value: 1000 }]);
  expect(await world.rows('frames')).toEqual([{ data: 'AP8=', size: 2 }]);
  expect((await world.deadLetters()).map(({ table, path }) => [table, path])).toEqual([
    ['counters', '$'],
    ['payments', '$.amount'],
    ['user_events', '$.age'],
  ]);
});
