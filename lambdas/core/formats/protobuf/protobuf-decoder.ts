import { Buffer } from 'node:buffer';
import { basename } from 'node:path';
import type protobuf from 'protobufjs';
import type { FormatOf } from '#contract/format-settings.ts';
import { DecodedRecord } from '../decoded-value.ts';
import type { FormatPorts } from '../format-ports.ts';
import { type BodyDecoder, framedDecoder } from '../framed-decoder.ts';
import { framings } from '../framing.ts';
import {
  type Decoded,
  type DecodeFailure,
  failure,
  noPreparation,
  type PayloadDecoder,
  type PayloadType,
} from '../payload-decoder.ts';
import type { RegistrySchema } from '../registry.ts';
import { confluentLocate, glueLocate } from './message-index.ts';
import { columnsOf, fullNameOf, type MessagePlan, MessagePlans } from './message-plan.ts';
import { loadProtoSchema, messageNamed, type ProtoSchema } from './proto-schema.ts';
import { readMessage } from './read-message.ts';
import { Refusal } from './refusal.ts';
import { UnusableSchema } from './unusable-schema.ts';

/**
 * Protobuf messages: of one type, which settings name, or behind a registry's framing.
 *
 * @throws {UnusableSchema} when the schema file is none.
 */
export function protobufDecoder(format: FormatOf<'protobuf'>, ports: FormatPorts): PayloadDecoder {
  const { framing } = format;
  if (framing === 'none') {
    const schema = schemaOfFiles(format.schemaFile as string[], ports);
    const decoder = new MessageDecoder(undefined);
    const type = messageNamed(schema, format.message);
    return { prepare: noPreparation, decode: (payload) => decoder.decode(type, payload) };
  }
  const registry = ports.registryOf(format.registry as string);
  return framedDecoder(framings[framing], registry, (schema, id) => bodyDecoder(schema, id, framing));
}

/** The first file is the schema, or a descriptor set of all; the others are what it imports. */
function schemaOfFiles(paths: readonly string[], ports: FormatPorts): ProtoSchema {
  const [path = '', ...others] = paths;
  const bytes = ports.schemaFile(path);
  try {
    if (!basename(path).endsWith('.proto')) return loadProtoSchema({ kind: 'descriptors', bytes });
    const imports = others.flatMap((other) =>
      namesOf(other).map((name) => ({ name, text: textOf(ports.schemaFile(other)) })),
    );
    return loadProtoSchema({ kind: 'proto', text: textOf(bytes), imports });
  } catch (cause) {
    if (!(cause instanceof UnusableSchema)) throw cause;
    throw new UnusableSchema(`schemaFile ${path}: ${cause.message}`, { cause });
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** What imports may call a file: its path, or the end of it. */
const namesOf = (path: string): string[] => {
  const steps = path.split('/');
  return steps.map((_, index) => steps.slice(index).join('/'));
};

function bodyDecoder(schema: RegistrySchema, id: string, framing: 'confluent' | 'glue'): BodyDecoder | DecodeFailure {
  if (schema.kind !== 'protobuf') {
    return failure('UnusableSchema', `schema ${id}: expected one of Protobuf, got one of kind ${schema.kind}`);
  }
  try {
    const loaded = loadProtoSchema({ kind: 'proto', text: schema.text, imports: schema.references });
    const locate = framing === 'confluent' ? confluentLocate(loaded) : glueLocate(loaded);
    const decoder = new MessageDecoder(id);
    return (body) => {
      try {
        const { type, message } = locate(body);
        return decoder.decode(type, message);
      } catch (error) {
        if (error instanceof Refusal) return failure(error.error, error.message);
        throw error;
      }
    };
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error;
    return failure('UnusableSchema', `schema ${id}: ${error.message}`);
  }
}

interface CompiledMessage {
  plan: MessagePlan;
  type: PayloadType;
}

/** Decodes messages of one schema, each type compiled when it is first met. */
class MessageDecoder {
  readonly #id: string | undefined;
  readonly #plans = new MessagePlans();
  readonly #compiled = new Map<protobuf.Type, CompiledMessage | DecodeFailure>();

  constructor(id: string | undefined) {
    this.#id = id;
  }

  decode(message: protobuf.Type, bytes: Uint8Array): Decoded {
    let compiled = this.#compiled.get(message);
    if (compiled === undefined) {
      compiled = this.#compile(message);
      this.#compiled.set(message, compiled);
    }
    if ('error' in compiled) return compiled;
    const { plan, type } = compiled;
    const record = readMessage(bytes, plan);
    return record instanceof DecodedRecord ? { kind: 'record', record, type } : { ...record, type };
  }

  /** Whatever goes wrong here is the schema's fault, not a payload's. */
  #compile(message: protobuf.Type): CompiledMessage | DecodeFailure {
    const name = fullNameOf(message);
    try {
      const type = { name, id: this.#id, columns: columnsOf(message) };
      return { plan: this.#plans.planOf(message), type };
    } catch (error) {
      const type = { name, id: this.#id };
      return { ...failure('UnusableSchema', `message ${name}: ${(error as Error).message}`), type };
    }
  }
}
