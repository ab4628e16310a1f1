import avsc from 'avsc';
import { expect, test } from 'vitest';
import { lakeWorld } from '../../../support/capability.ts';

const settings = `
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
sources: { numbers: { kafka: { cluster: main, topic: numbers }, table: numbers, format: { kind: avro, framing: container } } }
tables: { numbers: {} }
`;
const type = avsc.Type.forSchema({ type: 'record', name: 'N', fields: [{ name: 'n', type: 'int' }] });
const perFile = 50_000;

async function fileOf(records: number): Promise<Buffer> {
  const encoder = new avsc.streams.BlockEncoder(type, { codec: 'deflate' });
  for (let n = 0; n < records; n++) encoder.write({ n });
  encoder.end();
  return Buffer.concat(await Array.fromAsync(encoder as AsyncIterable<Buffer>));
}

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
