import { EntityNotFoundException, GetSchemaVersionCommand, type GlueClient } from '@aws-sdk/client-glue';
import { RegistryUnreachable, type SchemaKind, type SchemaRegistry } from '#formats/registry.ts';

const kinds: Record<string, SchemaKind> = { AVRO: 'avro', JSON: 'json', PROTOBUF: 'protobuf' };

/** AWS Glue's schema registry, whose ids are of schema versions. */
export const glueSchemaRegistry = (client: GlueClient): SchemaRegistry => ({
  async schemaById(id) {
    try {
      const { SchemaDefinition, DataFormat, Status } = await client.send(
        new GetSchemaVersionCommand({ SchemaVersionId: id }),
      );
      if (SchemaDefinition === undefined || DataFormat === undefined) {
        throw new Error(`expected a definition in Avro, JSON or Protobuf, got ${DataFormat} in state ${Status}`);
      }
      return { kind: kinds[DataFormat] ?? DataFormat, text: SchemaDefinition, references: [] };
    } catch (cause) {
      if (cause instanceof EntityNotFoundException) return undefined;
      throw new RegistryUnreachable(`Glue schema version ${id}: ${(cause as Error).message}`, { cause });
    }
  },
});
