import protobuf from 'protobufjs';
import { fullNameOf } from './message-plan.ts';
import type { ProtoSchema } from './proto-schema.ts';
import { Refusal } from './refusal.ts';

/** Which message of its schema a framed payload holds, and where it begins. */
export interface Located {
  type: protobuf.Type;
  message: Uint8Array;
}

/** Takes the body of a framed payload apart. @throws {Refusal} */
export type Locate = (body: Uint8Array) => Located;

const maxNesting = 64;

/**
 * Confluent's message indexes: how many, then each, as zigzag varints, from the top of the file down through nested messages; a single 0
 * stands for the first message. Entries of maps are counted where the schema has them, as descriptors have, and not in text, as
 * Confluent's Java client does.
 */
export function confluentLocate(schema: ProtoSchema): Locate {
  const [first] = schema.messages;
  const byPath = new Map<string, protobuf.Type>();
  return (body) => {
    if (body[0] === 0 && first !== undefined) return { type: first, message: body.subarray(1) };
    const reader = new protobuf.Reader(body);
    const path = reading(() => {
      const count = reader.sint32();
      if (count < 0 || count > maxNesting)
        throw new Refusal('InvalidFraming', `expected up to ${maxNesting} message indexes, got ${count}`);
      return count === 0 ? [0] : Array.from({ length: count }, () => reader.sint32());
    });
    const key = path.join('.');
    let type = byPath.get(key);
    if (type === undefined) {
      type = messageAt(schema, path);
      byPath.set(key, type);
    }
    return { type, message: body.subarray(reader.pos) };
  };
}

function messageAt(schema: ProtoSchema, path: readonly number[]): protobuf.Type {
  let within: readonly (protobuf.Type | undefined)[] = schema.messages;
  let found: protobuf.Type | undefined;
  for (const index of path) {
    found = within[index];
    if (found === undefined) {
      throw new Refusal('InvalidFraming', `expected the index of a message in its schema, got ${path.join('.')}`);
    }
    within = schema.within(found);
  }
  return found as protobuf.Type;
}

/**
 * Glue's message index: a varint, the message's place among all messages of the file, nested ones and entries of maps included, by the
 * order of their full names (Glue's serialiser, MessageIndexFinder).
 */
export function glueLocate(schema: ProtoSchema): Locate {
  const named = [...schema.messages].flatMap(namedWithin);
  named.sort(([a], [b]) => (a < b ? -1 : 1));
  return (body) => {
    const reader = new protobuf.Reader(body);
    const index = reading(() => reader.uint32());
    const type = named[index]?.[1];
    if (type === undefined) {
      const message = `expected the index of a message in its schema, below ${named.length}; got ${index}`;
      throw new Refusal('InvalidFraming', message);
    }
    return { type, message: body.subarray(reader.pos) };
  };
}

/** A message and those within it, by full name; nothing for entries of maps, which no payload is. */
function namedWithin(type: protobuf.Type): [string, protobuf.Type | undefined][] {
  const entries = type.fieldsArray.filter((field) => field instanceof protobuf.MapField);
  return [
    [fullNameOf(type), type],
    ...entries.map(({ name }): [string, undefined] => [`${fullNameOf(type)}.${entryName(name)}`, undefined]),
    ...type.nestedArray.filter((nested) => nested instanceof protobuf.Type).flatMap(namedWithin),
  ];
}

/** `some_counts` has entries called `SomeCountsEntry`. */
const entryName = (field: string): string =>
  `${field.replace(/(?:^|_)([a-z0-9])?/g, (_, letter: string | undefined) => (letter ?? '').toUpperCase())}Entry`;

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('InvalidFraming', `expected which message it is: ${(error as Error).message}`);
  }
}
