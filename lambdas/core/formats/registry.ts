import { errorNames } from '#contract/error-names.ts';

/** The kinds of schemas that registries keep, by one word each. */
export type SchemaKind = 'avro' | 'json' | 'protobuf' | 'msgpack';

/** A schema as a registry has it. */
export interface RegistrySchema {
  /** A `SchemaKind`, or what a registry calls one that no format is of. */
  kind: string;
  /** As it was registered: JSON for Avro and JSON Schema, `.proto` text for Protobuf. */
  text: string;
  /** Schemas that the text refers to, each before those that refer to it: by name, which for Protobuf is an import's path. */
  references: readonly { name: string; text: string }[];
}

/** A schema that a registry has, but not all that it takes to decode by it: for now no payload of it can be. */
export interface IncompleteSchema {
  kind: 'incomplete';
  /** What was expected, and what came. */
  why: string;
}

/** Where the schemas of framed payloads are looked up. */
export interface SchemaRegistry {
  /**
   * The schema with this id, which is what the payload's framing says: a decimal number (Confluent), a schema version id (Glue),
   * what a URL is filled in with (REST). Nothing: there is none.
   *
   * @throws {RegistryUnreachable}
   */
  schemaById(id: string): Promise<RegistrySchema | IncompleteSchema | undefined>;
}

/** No answer, or none that tells whether there is a schema: an outage, never a record's fault. */
export class RegistryUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = errorNames.registryUnreachable;
  }
}
