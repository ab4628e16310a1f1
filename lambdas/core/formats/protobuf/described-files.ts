import { Buffer } from 'node:buffer';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import type { ProtoSchema } from './proto-schema.ts';
import { UnusableSchema } from './unusable-schema.ts';

interface DescribedField {
  type: number;
  defaultValue: string;
}

interface DescribedMessage {
  name: string;
  field: DescribedField[];
  extension: DescribedField[];
  nestedType: DescribedMessage[];
  options?: { mapEntry?: boolean } | null;
}

/** A `FileDescriptorProto`, as far as it matters here. */
export interface DescribedFile {
  name: string;
  package: string;
  /** Files that it imports. */
  dependency: string[];
  messageType: DescribedMessage[];
  extension: DescribedField[];
}

/** Of bytes (descriptor.proto, `FieldDescriptorProto.Type`). */
const bytesType = 12;

/** Descriptors have defaults of bytes with their escapes, which the parser of `.proto` text reads. */
function readEscapes(fields: readonly DescribedField[], messages: readonly DescribedMessage[]): void {
  for (const field of fields) {
    if (field.type === bytesType && field.defaultValue !== '') {
      field.defaultValue = protobuf.tokenize.unescape(field.defaultValue);
    }
  }
  for (const { field, extension, nestedType } of messages) readEscapes([...field, ...extension], nestedType);
}

/** Files of a `FileDescriptorSet`. @throws {UnusableSchema} */
export function decodedSet(bytes: Uint8Array): DescribedFile[] {
  try {
    return (descriptor.FileDescriptorSet.decode(Buffer.from(bytes)) as unknown as { file: DescribedFile[] }).file;
  } catch (cause) {
    throw new UnusableSchema(`expected a FileDescriptorSet: ${(cause as Error).message}`, { cause });
  }
}

/** The file of a descriptor in base64; nothing for `.proto` text, which has characters that base64 has not. */
export function decodedFile(text: string): DescribedFile | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text.trim())) return undefined;
  try {
    return descriptor.FileDescriptorProto.decode(Buffer.from(text, 'base64')) as unknown as DescribedFile;
  } catch (cause) {
    throw new UnusableSchema(`expected .proto text or a descriptor in base64: ${(cause as Error).message}`, { cause });
  }
}

/** The schema whose own file is the last. @throws {UnusableSchema} */
export function schemaOfFiles(files: readonly DescribedFile[], more: readonly protobuf.Root[]): ProtoSchema {
  const others = more.flatMap((root) => (root.toDescriptor('proto3') as unknown as { file: DescribedFile[] }).file);
  for (const { extension, messageType } of files) readEscapes(extension, messageType);
  let root: protobuf.Root;
  try {
    root = protobuf.Root.fromDescriptor({ file: [...others, ...files] } as never, { keepCase: true });
    root.resolveAll();
  } catch (cause) {
    throw new UnusableSchema(`expected descriptors of all that the schema uses: ${(cause as Error).message}`, {
      cause,
    });
  }
  const own = files.at(-1);
  const inOrder = new Map<protobuf.Type, readonly (protobuf.Type | undefined)[]>();
  const typeOf = (message: DescribedMessage, prefix: string): protobuf.Type | undefined => {
    if (message.options?.mapEntry) return undefined;
    const name = `${prefix}${message.name}`;
    const type = root.lookupType(name);
    inOrder.set(
      type,
      message.nestedType.map((nested) => typeOf(nested, `${name}.`)),
    );
    return type;
  };
  const prefix = own?.package ? `${own.package}.` : '';
  const messages = (own?.messageType ?? []).map((message) => typeOf(message, prefix) as protobuf.Type);
  return { root, messages, within: (message) => inOrder.get(message) ?? [] };
}
