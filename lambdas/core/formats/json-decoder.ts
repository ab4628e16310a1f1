import type { FormatOf } from '#contract/format-settings.ts';
import type { FormatPorts } from './format-ports.ts';
import { type BodyDecoder, framedDecoder } from './framed-decoder.ts';
import { framings } from './framing.ts';
import { decodeJson } from './json.ts';
import { type DecodeFailure, failure, noPreparation, type PayloadDecoder } from './payload-decoder.ts';
import type { RegistrySchema, SchemaRegistry } from './registry.ts';

/** JSON objects, as they are or behind a registry's framing. */
export function jsonDecoder({ framing, registry }: FormatOf<'json'>, ports: FormatPorts): PayloadDecoder {
  if (framing === 'none') return { prepare: noPreparation, decode: decodeJson };
  return framedDecoder(
    framings[framing],
    registry === undefined ? noRegistry : ports.registryOf(registry),
    bodyDecoder,
  );
}

/** JSON says what it holds without its schema. */
const noRegistry: SchemaRegistry = { schemaById: async () => ({ kind: 'json', text: '{}', references: [] }) };

/** The schema of JSON gives a name to the payload, and is a check that the id is of such a payload; its rules are its producers'. */
function bodyDecoder(schema: RegistrySchema, id: string): BodyDecoder | DecodeFailure {
  if (schema.kind !== 'json') {
    return failure('UnusableSchema', `schema ${id}: expected a JSON Schema, got one of kind ${schema.kind}`);
  }
  const type = { name: titleOf(schema.text), id, columns: undefined };
  return (body) => {
    const decoded = decodeJson(body);
    return decoded.kind === 'failure' ? decoded : { ...decoded, type };
  };
}

function titleOf(text: string): string | undefined {
  try {
    const { title } = JSON.parse(text) as { title?: unknown };
    return typeof title === 'string' ? title : undefined;
  } catch {
    return undefined;
  }
}
