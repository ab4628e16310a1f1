import type { FormatOf } from '#contract/format-settings.ts';
import { framedDecoder } from '../framed-decoder.ts';
import { framings } from '../framing.ts';
import { type DecodeFailure, failure, type PayloadDecoder } from '../payload-decoder.ts';
import type { FormatPorts } from '../payload-formats.ts';
import type { RegistrySchema } from '../registry.ts';
import { avroBody } from './avro-body.ts';

/** Avro records, in whichever way they say their writer's schema. */
export function avroDecoder({ framing, registry, schemaFile }: FormatOf<'avro'>, ports: FormatPorts): PayloadDecoder {
  switch (framing) {
    case 'confluent':
    case 'glue':
      return framedDecoder(framings[framing], ports.registryOf(registry as string), registeredBody);
    case 'none':
      return fileDecoder((schemaFile as string[])[0] as string, ports);
    default:
      throw new Error(framing);
  }
}

function registeredBody({ kind, text, references }: RegistrySchema, id: string) {
  if (kind !== 'avro') return failure('UnusableSchema', `schema ${id}: expected one of Avro, got one of kind ${kind}`);
  const body = avroBody(
    text,
    references.map((reference) => reference.text),
    id,
  );
  return 'decode' in body ? body.decode : body;
}

function fileDecoder(path: string, ports: FormatPorts): PayloadDecoder {
  const body = avroBody(new TextDecoder().decode(ports.schemaFile(path)), [], undefined);
  if (!('decode' in body)) throw new Error(`${path}: ${(body satisfies DecodeFailure).message}`);
  return { prepare: async () => undefined, decode: body.decode };
}
