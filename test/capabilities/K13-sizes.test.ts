import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: {} }
functions: { ingest: { memoryMiB: 3538 } }
`;
const records = Array.from({ length: 500 }, (_, id) => ({ value: { id, name: `user ${id}`, ratio: id / 8 } }));

test('K13 memory of the function is the only knob of its size', async () => {
  const world = await lakeWorld(settings);
  await world.push('clicks', records);
  await world.commit();
  expect(await world.rows('clicks')).toHaveLength(records.length);

  const { Properties } = synthesise(world.settings)
    .ofType('AWS::Lambda::Function')
    .find((resource) => JSON.stringify(resource.Properties).includes('ALLUVIUM_SOURCE'))!;
  expect(Properties.MemorySize).toBe(3538);
});
