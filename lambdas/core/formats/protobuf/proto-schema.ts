import protobuf from 'protobufjs';
import apiJson from 'protobufjs/google/protobuf/api.json' with { type: 'json' };
import descriptorJson from 'protobufjs/google/protobuf/descriptor.json' with { type: 'json' };
import sourceContextJson from 'protobufjs/google/protobuf/source_context.json' with { type: 'json' };
import typeJson from 'protobufjs/google/protobuf/type.json' with { type: 'json' };
import { commonProtos } from './common-protos.ts';
import { type DescribedFile, decodedFile, decodedSet, schemaOfFiles } from './described-files.ts';
import { UnusableSchema } from './unusable-schema.ts';

/** A `.proto` file among the files that it imports, by the paths that imports name them with. */
export interface ProtoText {
  kind: 'proto';
  /** The schema's own text. */
  text: string;
  /** What it may import beside well-known types. */
  imports: readonly { name: string; text: string }[];
}

/** A `FileDescriptorSet`, as `protoc --descriptor_set_out --include_imports` writes it. */
export interface ProtoDescriptors {
  kind: 'descriptors';
  bytes: Uint8Array;
}

/** The messages of a schema, resolved. */
export interface ProtoSchema {
  root: protobuf.Root;
  /** Messages at the top of the schema's own file, in its order. */
  messages: readonly protobuf.Type[];
  /** Those within a message, in their order; nothing for the entries of its maps, where the schema has them as messages. */
  within(message: protobuf.Type): readonly (protobuf.Type | undefined)[];
}

type Json = Parameters<typeof protobuf.Root.fromJSON>[0];

/** Files of Google's that protobufjs knows and does not find by itself. */
const bundled: Readonly<Record<string, Json>> = {
  'google/protobuf/api.proto': apiJson,
  'google/protobuf/descriptor.proto': descriptorJson,
  'google/protobuf/source_context.proto': sourceContextJson,
  'google/protobuf/type.proto': typeJson,
};

const ownFile = 'the schema';
const maxFiles = 1_000;

/** @throws {UnusableSchema} naming the file and what is wrong with it. */
export function loadProtoSchema(source: ProtoText | ProtoDescriptors): ProtoSchema {
  try {
    if (source.kind === 'descriptors') return schemaOfFiles(decodedSet(source.bytes), []);
    const own = decodedFile(source.text);
    return own === undefined ? fromText(source) : fromRegistered(own, source.imports);
  } catch (error) {
    if (error instanceof UnusableSchema) throw error;
    throw new UnusableSchema(`expected types that go together: ${reasonOf(error)}`, { cause: error });
  }
}

/** Some serialisers register a file's descriptor, in base64, instead of its text, and registries give it back so. */
function fromRegistered(own: DescribedFile, imports: ProtoText['imports']): ProtoSchema {
  const files = imports.map(({ name, text }) => {
    const file = decodedFile(text);
    if (file !== undefined) return file;
    throw new UnusableSchema(`expected the reference ${name} as a descriptor in base64, as the schema is; got text`);
  });
  const known = new Set(imports.map(({ name }) => name));
  const missing = [own, ...files].flatMap(({ dependency }) => dependency).filter((name) => !known.has(name));
  const roots = [...new Set(missing)].map((name) => {
    const root = new protobuf.Root();
    addCommon(root, name, ownFile);
    return root;
  });
  return schemaOfFiles([...files, own], roots);
}

function fromText({ text, imports }: ProtoText): ProtoSchema {
  const texts = new Map(imports.map((file) => [file.name, file.text]));
  const root = new protobuf.Root();
  const loaded = new Set<string>();

  const load = (name: string, own: string | undefined, importer: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    if (loaded.size > maxFiles) throw new UnusableSchema(`expected at most ${maxFiles} imported files, got more`);
    const source = own ?? texts.get(name) ?? commonProtos[name];
    if (source === undefined) {
      addBundled(root, name, importer);
      return;
    }
    const parsed = parse(source, root, name);
    for (const imported of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) {
      load(imported, undefined, name);
    }
  };
  load(ownFile, text, ownFile);
  resolve(root);
  return {
    root,
    messages: [...topMessages(root)].filter(({ filename }) => filename === ownFile),
    within: ({ nestedArray }) => nestedArray.filter((nested) => nested instanceof protobuf.Type),
  };
}

/** A file that is not the schema's, with what it imports. */
function addCommon(root: protobuf.Root, name: string, importer: string): void {
  const text = commonProtos[name];
  if (text === undefined) addBundled(root, name, importer);
  else for (const imported of parse(text, root, name).imports ?? []) addCommon(root, imported, name);
}

function addBundled(root: protobuf.Root, name: string, importer: string): void {
  const json = (bundled[name] ?? protobuf.common.get(name)) as Json | null;
  if (json === null) throw new UnusableSchema(`expected a reference for what ${importer} imports, ${name}; got none`);
  root.addJSON(json.nested ?? {});
}

/** Which file the parser says that messages are of. */
const fileOfParser = protobuf.parse as unknown as { filename: string | null };

function parse(text: string, root: protobuf.Root, name: string): protobuf.IParserResult {
  try {
    fileOfParser.filename = name;
    return protobuf.parse(text, root, { keepCase: true });
  } catch (cause) {
    throw new UnusableSchema(`expected ${name} to be .proto text: ${reasonOf(cause)}`, { cause });
  } finally {
    fileOfParser.filename = null;
  }
}

function resolve(root: protobuf.Root): void {
  try {
    root.resolveAll();
  } catch (cause) {
    throw new UnusableSchema(`expected every type of the schema to be there: ${reasonOf(cause)}`, { cause });
  }
}

function* topMessages(namespace: protobuf.NamespaceBase): Generator<protobuf.Type> {
  for (const nested of namespace.nestedArray) {
    if (nested instanceof protobuf.Type) yield nested;
    else if (nested instanceof protobuf.Namespace) yield* topMessages(nested);
  }
}

/**
 * A message by its full name, or by its own where no other message of the schema has it; the first of the schema where none is named.
 *
 * @throws {UnusableSchema}
 */
export function messageNamed(schema: ProtoSchema, name: string | undefined): protobuf.Type {
  const [first] = schema.messages;
  if (name === undefined) {
    if (first === undefined) throw new UnusableSchema('expected a message in the schema, got none');
    return first;
  }
  const found = schema.root.lookup(name, [protobuf.Type]);
  if (found instanceof protobuf.Type) return found;
  const known = schema.messages.map((type) => type.fullName.slice(1)).join(', ');
  throw new UnusableSchema(`expected a message ${name} in the schema, got ${known === '' ? 'none' : known}`);
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
