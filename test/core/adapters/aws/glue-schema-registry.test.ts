import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EntityNotFoundException, GetSchemaVersionCommand, GlueClient } from '@aws-sdk/client-glue';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test, vi } from 'vitest';
import { formatPorts } from '#adapters/aws/format-wiring.ts';
import { glueSchemaRegistry } from '#adapters/aws/glue-schema-registry.ts';
import { settings } from '#contract/settings.ts';
import { RegistryUnreachable } from '#formats/registry.ts';

const id = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';

test('a schema version by its id; one that there is not; an outage', async () => {
  const glue = mockClient(GlueClient);
  const registry = glueSchemaRegistry(new GlueClient({ region: 'us-east-1' }));
  glue
    .on(GetSchemaVersionCommand, { SchemaVersionId: id })
    .resolvesOnce({ SchemaDefinition: '"int"', DataFormat: 'AVRO', Status: 'AVAILABLE' })
    .rejectsOnce(new EntityNotFoundException({ message: 'Schema version is not found.', $metadata: {} }))
    .rejectsOnce(new Error('ThrottlingException'))
    .resolvesOnce({ Status: 'PENDING' });
  expect(await registry.schemaById(id)).toEqual({ kind: 'avro', text: '"int"', references: [] });
  expect(await registry.schemaById(id)).toBeUndefined();
  await expect(registry.schemaById(id)).rejects.toThrow(`Glue schema version ${id}: ThrottlingException`);
  await expect(registry.schemaById(id)).rejects.toThrow(RegistryUnreachable);
  glue.restore();
});

test('one that hangs is given up after the timeout in the settings', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL_GLUE', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'us-east-1');
  try {
    const { registries } = settings.parse({
      sources: {},
      tables: {},
      registries: { main: { kind: 'glue', timeout: '100ms' } },
    });
    const startedMs = performance.now();
    await expect(formatPorts({ registries }).registryOf('main').schemaById(id)).rejects.toThrow(/100 ms/);
    expect(performance.now() - startedMs).toBeLessThan(4_500);
  } finally {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  }
});
