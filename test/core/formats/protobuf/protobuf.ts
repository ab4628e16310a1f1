import protobuf from 'protobufjs';
import type { DecodedRecord, DecodedValue } from '#formats/decoded-value.ts';
import type { DecodeFailure } from '#formats/payload-decoder.ts';
import { columnsOf, MessagePlans } from '#formats/protobuf/message-plan.ts';
import { loadProtoSchema, messageNamed, type ProtoSchema } from '#formats/protobuf/proto-schema.ts';
import { readMessage } from '#formats/protobuf/read-message.ts';

/** A message of a schema's text: what its payloads decode to, and the library's own writer of them. */
export class TestMessage {
  readonly schema: ProtoSchema;
  readonly type: protobuf.Type;
  readonly #plan;

  constructor(text: string, name?: string, imports: { name: string; text: string }[] = []) {
    this.schema = loadProtoSchema({ kind: 'proto', text, imports });
    this.type = messageNamed(this.schema, name);
    this.#plan = new MessagePlans().planOf(this.type);
  }

  get columns() {
    return Object.fromEntries(columnsOf(this.type).fields.map(({ name, type }) => [name, type]));
  }

  bytes(message: Record<string, unknown>): Uint8Array {
    return this.type.encode(this.type.fromObject(message)).finish();
  }

  decode(bytes: Uint8Array): DecodedRecord | DecodeFailure {
    return readMessage(bytes, this.#plan);
  }

  /** Fields by name. */
  fields(bytes: Uint8Array): Record<string, DecodedValue> {
    const record = this.decode(bytes);
    if ('error' in record) throw new Error(`${record.error} ${record.message} at ${record.path}`);
    return Object.fromEntries(record.names.map((name, place) => [name, record.values[place] as DecodedValue]));
  }

  failure(bytes: Uint8Array): DecodeFailure {
    const record = this.decode(bytes);
    if ('error' in record) return record;
    throw new Error(`expected a failure, got ${record.raw}`);
  }
}

export const writer = (): protobuf.Writer => protobuf.Writer.create();
