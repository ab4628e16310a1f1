import type { FormatOf } from '#contract/format-settings.ts';
import type { FormatPorts } from '../format-ports.ts';
import { framedDecoder } from '../framed-decoder.ts';
import { framings } from '../framing.ts';
import { failure, noPreparation, type PayloadDecoder } from '../payload-decoder.ts';
import type { RegistrySchema } from '../registry.ts';
import { type AvroBody, avroBody } from './avro-body.ts';
import { containerDecoder } from './container-decoder.ts';
import { singleObjectDecoder } from './single-object.ts';

/** Avro records, in whichever way they say their writer's schema. */
export function avroDecoder({ framing, registry, schemaFile }: FormatOf<'avro'>, ports: FormatPorts): PayloadDecoder {
  switch (framing) {
    case 'confluent':
    case 'glue':
      return framedDecoder(framings[framing], ports.registryOf(registry as string), registeredBody);
    case 'none': {
      const { body } = fileBody((schemaFile as string[])[0] as string, ports);
      return { prepare: noPreparation, decode: body.decode };
    }
    case 'single':
      return singleObjectDecoder((schemaFile as string[]).map((path) => fileBody(path, ports)));
    case 'container':
      return containerDecoder();
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

/** @throws {Error} where the file holds no schema of records. */
function fileBody(path: string, ports: FormatPorts): { text: string; body: AvroBody } {
  const text = new TextDecoder().decode(ports.schemaFile(path));
  const body = avroBody(text, [], undefined);
  if ('kind' in body) throw new Error(`${path}: ${body.message}`);
  return { text, body };
}
