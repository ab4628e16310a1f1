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

const protobuf = z.strictObject({
  kind: z.literal('protobuf').describe('Protobuf messages.'),
  framing: z
    .enum(['none', 'confluent', 'glue'])
    .describe(
      "How a payload says its schema and message: not at all (`schemaFile` and `message` say it), or as a registry's serialiser writes it: an id, and which message of the schema it is.",
    ),
  registry: registry.optional(),
  schemaFile: z
    .union([schemaFile.transform((file) => [file]), z.array(schemaFile).min(1).max(1000)])
    .optional()
    .describe(
      'Without framing: a `.proto` file, or a list of it and the files that it imports; or a descriptor set, as `protoc --include_imports --descriptor_set_out` writes it.',
    ),
  message: z
    .string()
    .regex(/^[A-Za-z_][\w.]*$/, 'expected the name of a message, such as shop.Order')
    .optional()
    .describe("Without framing: the payloads' message, by its full name. Absent: the first of the file."),
});

const msgpack = z.strictObject({
  kind: z.literal('msgpack').describe('MessagePack: maps, or records of a schema.'),
  framing: z
    .enum(['none', 'confluent'])
    .default('none')
    .describe('How a payload says its schema: not at all, or by a zero byte and an id of four bytes.'),
  registry: registry.optional(),
  schemaFile: schemaFile
    .transform((file) => [file])
    .optional()
    .describe(
      "Without framing: the schema of every payload, as a registry would answer it. Absent: payloads' maps say.",
    ),
});

/** Payloads that are one value each. */
const plain = z.strictObject({
  kind: z
    .enum(['string', 'int64', 'bytes'])
    .describe('UTF-8 text as `{data}`; eight bytes, highest first, as `{value}`; any bytes as `{data: base64, size}`.'),
});

const formats = z.discriminatedUnion('kind', [json, avro, protobuf, msgpack, plain]).superRefine((format, context) => {
  const wanted = partsOf(format);
  for (const part of ['registry', 'schemaFile', 'message'] as const) {
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
function partsOf(format: FormatSettings): { registry: Need; schemaFile: Need; message: Need } {
  const isFramed = 'framing' in format && (format.framing === 'confluent' || format.framing === 'glue');
  switch (format.kind) {
    case 'string':
    case 'int64':
    case 'bytes':
      return { registry: 'absent', schemaFile: 'absent', message: 'absent' };
    case 'protobuf':
      return isFramed
        ? { registry: 'required', schemaFile: 'absent', message: 'absent' }
        : { registry: 'absent', schemaFile: 'required', message: 'optional' };
    case 'msgpack':
      return isFramed
        ? { registry: 'required', schemaFile: 'absent', message: 'absent' }
        : { registry: 'absent', schemaFile: 'optional', message: 'absent' };
    case 'json':
      return { registry: isFramed ? 'optional' : 'absent', schemaFile: 'absent', message: 'absent' };
    case 'avro':
      return {
        registry: isFramed ? 'required' : 'absent',
        schemaFile: format.framing === 'none' || format.framing === 'single' ? 'required' : 'absent',
        message: 'absent',
      };
  }
}

/** A format by its kind alone, where that says everything, or with what else it takes. */
export const formatSettings = z.union(
  [z.enum(['json', 'msgpack', 'string', 'int64', 'bytes']).transform((kind) => formats.parse({ kind })), formats],
  {
    error:
      'expected json, msgpack, string, int64, bytes, or a format such as { kind: avro, framing: confluent, registry: main }',
  },
);

export type FormatSettings = z.output<typeof formats>;
export type FormatKind = FormatSettings['kind'];
export type FormatOf<Kind extends FormatKind> = Extract<FormatSettings, { kind: Kind }>;

/** Files that a format names, to be read with the settings. */
export const schemaFilesOf = (format: FormatSettings): readonly string[] =>
  ('schemaFile' in format ? format.schemaFile : undefined) ?? [];
