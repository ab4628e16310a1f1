import { expect, test } from 'vitest';
import { environmentVariables } from '#contract/environment.ts';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders }, table: orders, transforms: { sku: item.sku }, drop: [item] }
tables: { orders: { latency: 7s, maxRowsPerFile: 12345 } }
`;

/** What functions of AWS's own runtime read. */
const runtimes = /^(NODE_OPTIONS|AWS_|POWERTOOLS_)/;

test('D7 structure is in the file, and variables hold what is known only at deployment', async () => {
  const world = await lakeWorld(settings);
  await world.push('orders', [{ value: { id: 1, item: { sku: 'A-1' } } }]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([{ id: 1, sku: 'A-1' }]);

  const functions = synthesise(world.settings).ofType('AWS::Lambda::Function');
  const variables = functions.flatMap(({ Properties }) =>
    Object.entries((Properties.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {}),
  );
  const own = variables.filter(([name]) => !runtimes.test(name));
  expect(own.length).toBeGreaterThan(functions.length);
  expect(Object.values(environmentVariables)).toEqual(expect.arrayContaining(own.map(([name]) => name)));
  expect(JSON.stringify(variables)).not.toMatch(/7000|12345|sku|127\.0\.0\.1/);
});
