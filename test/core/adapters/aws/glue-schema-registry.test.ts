import { EntityNotFoundException, GetSchemaVersionCommand, GlueClient } from '@aws-sdk/client-glue';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { glueSchemaRegistry } from '#adapters/aws/glue-schema-registry.ts';
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
});
