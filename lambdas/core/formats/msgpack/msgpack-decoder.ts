import { Buffer } from 'node:buffer';
import type { FormatOf } from '#contract/format-settings.ts';
import type { FormatPorts } from '../format-ports.ts';
import { type BodyDecoder, framedDecoder } from '../framed-decoder.ts';
import { confluentFraming } from '../framing.ts';
import {
  type Decoded,
  type DecodeFailure,
  failure,
  noPreparation,
  type PayloadDecoder,
  type PayloadType,
} from '../payload-decoder.ts';
import type { RegistrySchema } from '../registry.ts';
import { MsgpackReader, MsgpackRefusal } from './msgpack-reader.ts';
import { type MsgpackSchema, parseMsgpackSchema, type ValuePlan } from './msgpack-schema.ts';

/**
 * MessagePack: maps that say their fields' names, or records of a schema, which a file has or a registry by the id before each payload.
 *
 * @throws {Error} when the schema file is none.
 */
export function msgpackDecoder(
  { framing, registry, schemaFile }: FormatOf<'msgpack'>,
  ports: FormatPorts,
): PayloadDecoder {
  if (framing === 'confluent') {
    return framedDecoder(confluentFraming, ports.registryOf(registry as string), bodyDecoder);
  }
  const [path] = schemaFile ?? [];
  if (path === undefined) {
    return { prepare: noPreparation, decode: (payload) => decode(payload, undefined, undefined) };
  }
  const schema = parseMsgpackSchema(Buffer.from(ports.schemaFile(path)).toString('utf8'));
  if (typeof schema === 'string') throw new Error(`schemaFile ${path}: ${schema}`);
  const decodeBody = decoderOf(schema, undefined);
  return { prepare: noPreparation, decode: decodeBody };
}

function bodyDecoder({ kind, text }: RegistrySchema, id: string): BodyDecoder | DecodeFailure {
  if (kind !== 'msgpack') {
    return failure('UnusableSchema', `schema ${id}: expected one of MessagePack, got one of kind ${kind}`);
  }
  const schema = parseMsgpackSchema(text);
  return typeof schema === 'string' ? failure('UnusableSchema', `schema ${id}: ${schema}`) : decoderOf(schema, id);
}

function decoderOf({ name, plan, columns }: MsgpackSchema, id: string | undefined): BodyDecoder {
  const type = { name, id, columns };
  const valuePlan: ValuePlan = { kind: 'record', plan };
  return (body) => decode(body, valuePlan, type);
}

function decode(payload: Uint8Array, plan: ValuePlan, type: PayloadType | undefined): Decoded {
  try {
    return { kind: 'record', record: new MsgpackReader(payload).document(plan), type };
  } catch (error) {
    if (error instanceof MsgpackRefusal) return { ...failure(error.error, error.message, `$${error.path}`), type };
    throw error;
  }
}
