import { z } from 'zod';

const registry = z.string().min(1).describe('A registry named under `registries`.');

/** Beside the settings file and inside its folder: settings are baked with what it holds. */
const schemaFile = z
  .string()
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$)).+$/, "expected a path inside the settings file's folder")
  .describe("A file, by its path from the settings file's folder.");

const json = z.strictObject({
  kind: z.literal('json').describe('JSON objects (RFC 8259) in UTF-8.'),
  framing: z
    .enum(['none', 'confluent', 'glue'])
    .default('none')
    .describe(
      "What stands before the JSON: nothing, or what a registry's JSON Schema serialiser puts there. With framing, `registry` may be left out: the schema is not needed then.",
    ),
  registry: registry.optional(),
});

const avro = z.strictObject({
  kind: z.literal('avro').describe('Avro records.'),
  framing: z
    .enum(['none', 'confluent', 'glue', 'single', 'container'])
    .describe(
      "How a payload says its writer's schema: not at all (`schemaFile` says it), by an id in a Confluent-compatible registry or in Glue's, by a fingerprint (single-object encoding), or in full (a container file, whose records become rows each).",
    ),
  registry: registry.optional(),
  schemaFile: z
    .union([schemaFile.transform((file) => [file]), z.array(schemaFile).min(1).max(100)])
    .optional()
    .describe('Avro schemas (`.avsc`): one without framing, one or a list, a file for each writer, with `single`.'),
});

const formats = z.discriminatedUnion('kind', [json, avro]).superRefine((format, context) => {
  const wanted = partsOf(format);
  for (const part of ['registry', 'schemaFile'] as const) {
    const given = (format as Record<string, unknown>)[part];
    const problem =
      given === undefined && wanted[part] === 'required'
        ? 'expected it'
        : given !== undefined && wanted[part] === 'absent'
          ? 'expected it absent'
          : undefined;
    if (problem === undefined) continue;
    const framing = 'framing' in format ? ` with framing ${format.framing}` : '';
    context.addIssue({ code: 'custom', path: [part], message: `${problem}${framing} of ${format.kind}` });
  }
  if (format.kind === 'avro' && format.framing === 'none' && (format.schemaFile?.length ?? 1) > 1) {
    context.addIssue({
      code: 'custom',
      path: ['schemaFile'],
      message: 'expected one file without framing, got a list',
    });
  }
});

type Need = 'required' | 'optional' | 'absent';

/** Which of its parts a format takes. */
function partsOf(format: z.output<typeof json> | z.output<typeof avro>): { registry: Need; schemaFile: Need } {
  const isFramed = format.framing === 'confluent' || format.framing === 'glue';
  switch (format.kind) {
    case 'json':
      return { registry: isFramed ? 'optional' : 'absent', schemaFile: 'absent' };
    case 'avro':
      return {
        registry: isFramed ? 'required' : 'absent',
        schemaFile: format.framing === 'none' || format.framing === 'single' ? 'required' : 'absent',
      };
  }
}

/** A format by its kind alone, where that says everything, or with what else it takes. */
export const formatSettings = z.union([z.enum(['json']).transform((kind) => formats.parse({ kind })), formats], {
  error: 'expected json, or a format such as { kind: avro, framing: confluent, registry: main }',
});

export type FormatSettings = z.output<typeof formats>;
export type FormatKind = FormatSettings['kind'];
export type FormatOf<Kind extends FormatKind> = Extract<FormatSettings, { kind: Kind }>;

/** Files that a format names, to be read with the settings. */
export const schemaFilesOf = (format: FormatSettings): readonly string[] =>
  ('schemaFile' in format ? format.schemaFile : undefined) ?? [];
