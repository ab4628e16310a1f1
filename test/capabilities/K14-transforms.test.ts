import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

test('K14 transforms fill columns from payload, Kafka metadata and functions, before types are looked at', async () => {
  const world = await lakeWorld(`
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  views:
    kafka: { cluster: broker, topic: web-views }
    table: views
    transforms:
      day: "substr(modified, \`0\`, \`10\`)"
      at: epoch_seconds_to_iso8601(seconds)
      traded: epoch_nanos_to_iso8601(nanos)
      sent: epoch_millis_to_iso8601(millis)
      stored: now_epoch_seconds()
      millis: iso8601_to_epoch_millis(modified)
      position: kafka.offset
      from: kafka.partition
      topic: kafka.topic
      arrived: epoch_micros_to_iso8601(kafka.timestamp)
      kind: "kafka.headers.kind || 'plain'"
      'meta.key': kafka.key
      cheapest: "min_by(items, &price).name"
      total: sum(items[*].price)
      order_id: '"order-id"'
    drop: [order-id, items]
tables:
  views:
    partitionBy: [day]
`);
  const value = (name: string) =>
    `{"order-id":9007199254740993,"modified":"2021-03-16T14:38:58Z","seconds":1626823098.5,"nanos":1626823098519950999,"millis":1626823098519,"items":[{"name":"${name}","price":2},{"name":"b","price":3}]}`;
  await world.push('views', [
    { value: value('a'), key: 'x', headers: { kind: 'vip' }, timestampMs: Date.UTC(2026, 10, 21), position: 7 },
    { value: value('c'), partition: 0, position: 8 },
    { value: '{"modified":17}', position: 9 },
  ]);
  await world.commit();
  const rows = await world.rows('views');
  const [first] = rows.filter((row) => row.position === 7);
  expect(rows).toHaveLength(2);
  expect(first).toMatchObject({
    day: '2021-03-16',
    at: '2021-07-20T23:18:18Z',
    traded: '2021-07-20T23:18:18.519950Z',
    sent: '2021-07-20T23:18:18.519Z',
    stored: 1_795_262_400,
    millis: 1_615_905_538_000,
    from: 0,
    topic: 'web-views',
    arrived: '2026-11-21T00:00:00Z',
    kind: 'vip',
    meta: { key: 'x' },
    cheapest: 'a',
    total: 5,
  });
  expect((await world.canonicalRows('views')).join()).toContain('"order_id":9007199254740993');
  expect(Object.keys(first ?? {})).not.toContain('items');
  expect(await world.deadLetters()).toMatchObject([{ _position: '9', error: 'TransformFailed', path: '$.day' }]);
});

test('K14 transforms have the same for Kinesis', async () => {
  const world = await lakeWorld(`
sources:
  clicks:
    kinesis: { shards: 1 }
    table: clicks
    transforms:
      sequence: kinesis.sequence_number
      shard: kinesis.shard
      stream: kinesis.stream
      who: kinesis.partition_key
      day: "substr(epoch_micros_to_iso8601(kinesis.arrival_timestamp), \`0\`, \`10\`)"
      source: ingest.source
tables: { clicks: {} }
`);
  await world.push('clicks', [{ value: { id: 1 }, key: 'me', timestampMs: Date.UTC(2026, 10, 21, 1) }]);
  await world.commit();
  expect(await world.rows('clicks')).toMatchObject([
    {
      id: 1,
      sequence: expect.stringMatching(/^\d+$/),
      shard: 'shardId-000000000000',
      stream: expect.any(String),
      who: 'me',
      day: '2026-11-21',
      source: 'clicks',
    },
  ]);
});
