import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

test('D6 a column of JSON says where each row comes from: source, partition, position, timestamp, key, headers', async () => {
  const world = await lakeWorld(`
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  clicks:
    kafka: { cluster: broker, topic: clicks, partitions: 3 }
    table: clicks
    metadataColumn: provenance
tables: { clicks: { schema: [{ name: id, type: long }, { name: provenance, type: string }] } }
`);
  await world.push('clicks', [
    {
      value: { id: 1 },
      key: 'ключ',
      headers: { trace: 'abc', raw: new Uint8Array([0, 255]) },
      timestampMs: Date.UTC(2026, 10, 21, 9, 30),
      partition: 2,
      position: 41,
    },
    { value: { id: 2 }, key: new Uint8Array([255]), partition: 2, position: 42 },
    { value: { id: 3 }, partition: 2, position: 43 },
  ]);
  await world.commit();
  const rows = await world.rows('clicks');
  const [first, second, third] = rows.map(({ provenance }) => JSON.parse(provenance as string));
  expect(first).toEqual({
    source: 'clicks',
    partition: '2',
    position: '41',
    timestamp: '2026-11-21T09:30:00Z',
    key: 'ключ',
    headers: [
      { name: 'trace', value: 'abc' },
      { name: 'raw', value: { base64: 'AP8=' } },
    ],
  });
  expect(second).toMatchObject({ position: '42', key: { base64: '/w==' }, headers: [] });
  expect(third).toMatchObject({ position: '43', key: null });
});
