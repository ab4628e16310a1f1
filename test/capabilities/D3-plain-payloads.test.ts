import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

const settings = `
clusters: { main: { kind: selfManaged, bootstrapServers: ["localhost:9092"] } }
sources:
  json: { kafka: { cluster: main, topic: json }, table: json }
  string: { kafka: { cluster: main, topic: string }, table: string, format: string }
  int64: { kafka: { cluster: main, topic: int64 }, table: int64, format: int64 }
  bytes: { kinesis: { shards: 1 }, table: bytes, format: bytes }
tables: { json: {}, string: {}, int64: {}, bytes: {} }
`;

test('D3 payloads of JSON, text as {data}, int64 as {value} and bytes as {data, size} become rows of exactly those columns', async () => {
  const world = await lakeWorld(settings);
  const int64 = Buffer.alloc(8);
  int64.writeBigInt64BE(-9_007_199_254_740_993n);
  await world.push('json', [{ value: { a: 1 } }]);
  await world.push('string', [{ value: 'Grüezi' }, { value: '' }]);
  await world.push('int64', [{ value: int64 }]);
  await world.push('bytes', [{ value: Buffer.of(0, 255, 16, 7) }]);
  await world.commit();
  expect(await world.rows('json')).toEqual([{ a: 1 }]);
  expect(await world.rows('string')).toEqual([{ data: '' }, { data: 'Grüezi' }]);
  expect(await world.canonicalRows('int64')).toEqual(['{"value":-9007199254740993}']);
  expect(await world.rows('bytes')).toEqual([{ data: 'AP8QBw==', size: 4 }]);
  expect(await world.deadLetters()).toEqual([]);
});

test('D3 what is no text and no int64 becomes a dead letter with its bytes, beside good rows', async () => {
  const world = await lakeWorld(settings);
  await world.push('string', [{ value: Buffer.of(0xc3, 0x28) }, { value: 'good' }]);
  await world.push('int64', [{ value: 'seven b' }, { value: Buffer.alloc(8) }]);
  await world.commit();
  expect(await world.rows('string')).toEqual([{ data: 'good' }]);
  expect(await world.rows('int64')).toEqual([{ value: 0 }]);
  expect(await world.deadLetters()).toMatchObject([
    { table: 'int64', error: 'InvalidPayload', payload: 'seven b' },
    { table: 'string', error: 'InvalidUtf8' },
  ]);
});
