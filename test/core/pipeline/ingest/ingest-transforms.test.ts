import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { counted, ingestWorld, record } from '../../../support/ingest.ts';

test('K14 transforms: columns filled by expressions, partitions among them, exact numbers, metadata', async () => {
  const world = ingestWorld(
    { partitionBy: ['day'] },
    {
      transforms: {
        day: 'substr(modified, `0`, `10`)',
        at: 'epoch_seconds_to_iso8601(seconds)',
        topic: 'kafka.topic',
        offset: 'kafka.offset',
        kafka_time: 'kafka.timestamp',
        'meta.source': 'ingest.source',
        names: 'items[*].name',
        copy: 'id',
      },
    },
  );
  const json = (id: string, day: string) =>
    `{"id":${id},"modified":"${day}T14:38:58Z","seconds":1626823098,"items":[{"name":"a"},{"name":"b"}]}`;
  await world.ingest([
    record(1, json('9007199254740993', '2021-03-16')),
    record(2, json('9007199254740992', '2021-03-17')),
  ]);
  const rows = await world.rows('clicks');
  expect(rows.toSorted((left, right) => Number(left.offset) - Number(right.offset))).toMatchObject([
    {
      id: 9007199254740993n,
      copy: 9007199254740993n,
      day: '2021-03-16',
      at: '2021-07-20T23:18:18Z',
      topic: 'clicks',
      offset: 1n,
      kafka_time: 1_700_000_000_001_000n,
      meta: { source: 'clicks' },
      names: ['a', 'b'],
    },
    { copy: 9007199254740992n, day: '2021-03-17', offset: 2n },
  ]);
  expect((await world.manifests('clicks')).flatMap(({ files }) => files)).toHaveLength(2);
});

test('a failing expression makes a dead letter that names it, and spares its neighbours', async () => {
  const world = ingestWorld(
    {
      schema: [
        { name: 'day', type: 'date' },
        { name: 'modified', type: 'string' },
      ],
    },
    { transforms: { day: 'substr(modified, `0`, `10`)' } },
  );
  await world.ingest([
    record(1, '{"modified":"2021-03-16T14:38:58Z"}'),
    record(2, '{"modified":17}'),
    record(3, '{"modified":"no day at all"}'),
  ]);
  expect(await world.rows('clicks')).toHaveLength(1);
  const letters = await world.rows('dead_letters');
  expect(letters).toMatchObject([
    { _position: '2', error: 'TransformFailed', path: '$.day' },
    { _position: '3', error: 'InvalidTimestamp', path: '$.day' },
  ]);
  expect(letters[0]?.message).toContain('expected substr(modified, `0`, `10`) to give a value: ');
  expect(counted(world, metrics.deadLetters)).toBe(2);
});

test('a field is renamed by a transform that reads it and a drop', async () => {
  const world = ingestWorld({}, { transforms: { order_id: '"order-id"' }, drop: ['order-id', 'meta.internal'] });
  await world.ingest([record(1, '{"order-id":7,"meta":{"internal":1,"kept":2}}'), record(2, '{"order-id":8}')]);
  expect(await world.rows('clicks')).toMatchObject([{ order_id: 7n, meta: { kept: 2n } }, { order_id: 8n }]);
  expect(Object.keys((await world.rows('clicks'))[0] as object)).toEqual(['meta', 'order_id']);
});

test('a tombstone that becomes a row keeps its key', async () => {
  const world = ingestWorld({}, { tombstones: 'row', transforms: { id: 'kafka.key', deleted: '!@' } });
  await world.ingest([
    record(1, '{"name":"a"}', { key: Buffer.from('x') }),
    record(2, null, { key: Buffer.from('x') }),
  ]);
  expect(await world.rows('clicks')).toMatchObject([
    { id: 'x', name: 'a', deleted: false },
    { id: 'x', name: null, deleted: true },
  ]);
});

test('what transforms make of payloads whose schema tells columns is told by values from the beginning', async () => {
  const transforms = { n: 'to_number(data)', shard: 'kafka.partition' };
  const world = ingestWorld({ partitionBy: ['n'] }, { format: 'string', transforms });
  await world.ingest([record(1, '5'), record(2, '7')]);
  const { schemaString = '' } = (await world.ledger.tableNamed('clicks')) ?? {};
  expect(JSON.parse(schemaString).fields).toMatchObject([
    { name: 'data', type: 'string' },
    { name: 'n', type: 'long' },
    { name: 'shard', type: 'long' },
  ]);
});

test('a table of nothing but what transforms make is made of payloads whose schema tells columns', async () => {
  const world = ingestWorld({}, { format: 'string', transforms: { n: 'to_number(data)' }, drop: ['data'] });
  await world.ingest([record(1, '5'), record(2, '7')]);
  expect(await world.rows('clicks')).toEqual([{ n: 5n }, { n: 7n }]);
  expect(counted(world, metrics.deadLetters)).toBe(0);
});

test('a whole number that an expression computes beyond 2^53 is the double that it is', async () => {
  const schema = [
    { name: 'a', type: 'long' },
    { name: 'square', type: 'double' },
  ];
  const world = ingestWorld({ schema }, { transforms: { square: 'a * a' } });
  await world.ingest([record(1, '{"a":1073741824}'), record(2, '{"a":3}')]);
  expect((await world.rows('clicks')).map(({ square }) => square)).toEqual([2 ** 60, 9]);
  const inferred = ingestWorld({}, { transforms: { square: 'a * a' } });
  await inferred.ingest([record(1, '{"a":1073741824}')]);
  expect(await inferred.rows('clicks')).toEqual([{ a: 1073741824n, square: 2 ** 60 }]);
});
