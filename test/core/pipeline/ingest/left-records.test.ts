import { expect, test } from 'vitest';
import { containerFile } from '../../../support/avro-container.ts';
import { lakeWorld } from '../../../support/capability.ts';

const settings = `
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
sources: { numbers: { kafka: { cluster: main, topic: numbers }, table: numbers, format: { kind: avro, framing: container } } }
tables: { numbers: {} }
`;
const schema = { type: 'record', name: 'N', fields: [{ name: 'n', type: 'int' }] };
const perFile = 50_000;

const fileOf = (records: number): Promise<Buffer> =>
  containerFile(
    schema,
    Array.from({ length: records }, (_, n) => ({ n })),
  );

test('files beyond what a batch is taken apart into are delivered again', async () => {
  const world = await lakeWorld(settings);
  const large = await fileOf(perFile);
  const values = [large, large, await fileOf(2)];
  const event = world.produce(
    'numbers',
    values.map((value) => ({ value })),
  );
  const { firstUnaccepted } = await world.deliver('numbers', event);
  expect([...firstUnaccepted.values()].map(({ position }) => position)).toEqual(['2']);
  expect(world.counted('RowsStaged')).toBe(2 * perFile);
  const { records } = JSON.parse(event) as { records: Record<string, { offset: number }[]> };
  const left = Object.entries(records).map(([partition, found]) => [
    partition,
    found.filter(({ offset }) => offset >= 2),
  ]);
  const again = JSON.stringify({ ...JSON.parse(event), records: Object.fromEntries(left) });
  expect((await world.deliver('numbers', again)).firstUnaccepted.size).toBe(0);
  expect(world.counted('RowsStaged')).toBe(2 * perFile + 2);
});
