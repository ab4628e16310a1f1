import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ingestWorld, record } from '../../../support/ingest.ts';

const example = parse(readFileSync(join(import.meta.dirname, '../../../../config/examples/transforms.yaml'), 'utf8'));

test('config/examples/transforms.yaml does what it says', async () => {
  const { tombstones, transforms } = example.sources.orders;
  const world = ingestWorld(example.tables.orders, { tombstones, transforms });
  const key = Buffer.from('o-1');
  await world.ingest([
    record(
      1,
      '{"modified":"2026-11-20T23:59:59Z","created":1626823098519,"total":"12.50","items":[{"sku":"a"},{"sku":"b"}]}',
      { key },
    ),
    record(2, null, { key }),
    record(3, '{"total":1}'),
  ]);
  const [first, second] = await world.rows('clicks');
  expect(first).toMatchObject({
    ...{ order_id: 'o-1', is_deleted: false, day: '2026-11-20', first_sku: 'a', items: '[{"sku":"a"},{"sku":"b"}]' },
    ...{ created: 1_626_823_098_519_000n, kafka: { partition: 0, offset: 1n } },
  });
  expect(second).toMatchObject({ order_id: 'o-1', is_deleted: true, day: null, kafka: { partition: 0, offset: 2n } });
  expect(await world.rows('dead_letters')).toMatchObject([
    { error: 'MissingValue', path: '$.order_id', _position: '3' },
  ]);
});
