import { expect, test } from 'vitest';
import { restRegistry } from '#adapters/registries/rest-registry.ts';
import { RegistryUnreachable } from '#formats/registry.ts';
import { TestSchemaRegistry } from '../../../support/schema-registry.ts';

test('an id fills the URL; 404 says that there is no such schema, other statuses nothing', async () => {
  await using server = await TestSchemaRegistry.start();
  server.register({ name: 'Trade' });
  const access = async () => ({ headers: { authorization: 'Own key' } });
  const registry = restRegistry({ url: `${server.url}/schemas/ids/{id}`, timeoutMs: 1_000, access });
  expect(await registry.schemaById('1')).toEqual({
    kind: 'msgpack',
    text: '{"schema":"{\\"name\\":\\"Trade\\"}"}',
    references: [],
  });
  expect(await registry.schemaById('a/b')).toBeUndefined();
  expect(server.asked).toEqual([
    { path: '/schemas/ids/1', authorization: 'Own key' },
    { path: '/schemas/ids/a%2Fb', authorization: 'Own key' },
  ]);
  for (const fault of [500, { status: 200, text: '<h1>Sign in</h1>' }]) {
    server.fault = fault;
    await expect(registry.schemaById('1')).rejects.toThrow(RegistryUnreachable);
  }
});
