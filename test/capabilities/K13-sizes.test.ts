import { expect, test } from 'vitest';
import { kernelEngines } from '#adapters/kernel/batch-engines.ts';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: {} }
functions: { ingest: { memoryMiB: 3538, secondCore: true } }
`;
const records = Array.from({ length: 500 }, (_, id) => ({ value: { id, name: `user ${id}`, ratio: id / 8 } }));

test('K13 memory of the function and a second core are the only knobs, and rows are the same with and without it', async () => {
  const one = await lakeWorld(settings);
  const two = await lakeWorld(settings, { ingestPorts: { engines: kernelEngines({ secondCore: true }) } });
  for (const world of [one, two]) {
    await world.push('clicks', records);
    await world.commit();
  }
  expect(await two.rows('clicks')).toHaveLength(records.length);
  expect(await two.canonicalRows('clicks')).toEqual(await one.canonicalRows('clicks'));

  const { Properties } = synthesise(one.settings)
    .ofType('AWS::Lambda::Function')
    .find((resource) => JSON.stringify(resource.Properties).includes('ALLUVIUM_SOURCE'))!;
  expect(Properties.MemorySize).toBe(3538);
});
