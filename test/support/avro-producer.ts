import avsc from 'avsc';
import type { FormatPorts } from '#formats/format-ports.ts';

/** A registry in memory, and producers that write Avro records by its schemas in Confluent's framing. */
export class AvroProducer {
  readonly #schemas: object[] = [];

  /** Registers a record's schema; answers what writes a record by it. */
  register(fields: readonly object[], name = 'Event'): (record: object) => Buffer {
    const schema = { type: 'record', name, fields };
    const id = this.#schemas.push(schema);
    const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: 'never' } as never);
    const header = Buffer.alloc(5);
    header.writeInt32BE(id, 1);
    return (record) => Buffer.concat([header, type.toBuffer(record)]);
  }

  /** Ports of ingest that look schemas up here. */
  get formats(): FormatPorts {
    return {
      registryOf: () => ({
        schemaById: async (id) => {
          const schema = this.#schemas[Number(id) - 1];
          return schema === undefined ? undefined : { kind: 'avro', text: JSON.stringify(schema), references: [] };
        },
      }),
      schemaFile: (path) => {
        throw new Error(`expected no schema file to be asked for, got ${path}`);
      },
    };
  }
}
