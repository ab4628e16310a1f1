import { type Framing, maxInflatedBytes } from './framing.ts';
import { type Decoded, type DecodeFailure, failure, type PayloadDecoder } from './payload-decoder.ts';
import type { RegistrySchema, SchemaRegistry } from './registry.ts';

/** Decodes the bodies of payloads of one schema. */
export type BodyDecoder = (body: Uint8Array) => Decoded;

/** Decoders that are kept; beyond, they are made again as they are needed. */
const mostKept = 10_000;
/** Schemas that a batch asks a registry for at one time. */
const asksAtOnce = 8;

/**
 * Payloads that say their schema's id. Schemas that a batch needs are loaded and compiled before it is decoded, each once; what the
 * registry does not know makes dead letters and is asked for again by the next batch that needs it.
 *
 * @param compile The decoder of a schema's bodies, or why the schema cannot be used.
 */
export function framedDecoder(
  framing: Framing,
  registry: SchemaRegistry,
  compile: (schema: RegistrySchema, id: string) => BodyDecoder | DecodeFailure,
): PayloadDecoder {
  const decoders = new Map<number | string, BodyDecoder | DecodeFailure>();
  let unknown = new Map<number | string, DecodeFailure>();
  let openedBytes = 0;

  async function load(key: number | string): Promise<void> {
    const id = framing.idOf(key);
    const schema = await registry.schemaById(id);
    if (schema === undefined) unknown.set(key, unknownSchema(id, 'that the registry has'));
    else if ('why' in schema) {
      unknown.set(key, withType(failure('UnusableSchema', `schema ${id}: ${schema.why}`), id));
    } else decoders.set(key, withId(compiled(schema, id), id));
  }

  /** A schema comes from outside: whatever it is that cannot be made of it, its payloads alone suffer. */
  function compiled(schema: RegistrySchema, id: string): BodyDecoder | DecodeFailure {
    try {
      return compile(schema, id);
    } catch (error) {
      return failure('UnusableSchema', `schema ${id}: expected one that can be read: ${(error as Error).message}`);
    }
  }

  const decoder: PayloadDecoder = {
    async prepare(payloads) {
      if (decoders.size > mostKept) decoders.clear();
      const missing = new Set<number | string>();
      for (const payload of payloads) {
        const key = framing.keyOf(payload);
        if (typeof key !== 'object' && !decoders.has(key)) missing.add(key);
      }
      if (missing.size === 0) return;
      unknown = new Map();
      const keys = missing.values();
      const lane = async () => {
        for (const key of keys) await load(key);
      };
      await Promise.all(Array.from({ length: asksAtOnce }, lane));
    },

    decode(payload) {
      const key = framing.keyOf(payload);
      if (typeof key === 'object') return key;
      const decoder =
        decoders.get(key) ?? unknown.get(key) ?? unknownSchema(framing.idOf(key), 'that its batch was prepared with');
      if (typeof decoder === 'object') return decoder;
      const body = framing.bodyOf(payload);
      if (!(body instanceof Uint8Array)) openedBytes += maxInflatedBytes;
      else if (body.length > payload.length) openedBytes += body.length;
      return body instanceof Uint8Array ? decoder(body) : withType(body, framing.idOf(key));
    },
  };
  if (!framing.isOpened) return decoder;
  return {
    ...decoder,
    get openedBytes() {
      return openedBytes;
    },
  };
}

const unknownSchema = (id: string, which: string): DecodeFailure =>
  withType(failure('UnknownSchema', `expected a schema ${which}, got id ${id}`), id);

/** A dead letter says by which schema it could not be decoded. */
const withType = (found: DecodeFailure, id: string): DecodeFailure => ({ type: { name: undefined, id }, ...found });

function withId(decoder: BodyDecoder | DecodeFailure, id: string): BodyDecoder | DecodeFailure {
  if (typeof decoder === 'object') return withType(decoder, id);
  return (body) => {
    const decoded = decoder(body);
    return decoded.kind === 'failure' ? withType(decoded, id) : decoded;
  };
}
