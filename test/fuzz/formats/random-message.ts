import protobuf from 'protobufjs';
import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { randomDouble, randomInteger, randomText } from './random-values.ts';

/** Bytes of a message of this type with fields at random, as a serialiser writes them. */
export function randomMessage(type: protobuf.Type, random: SeededRandom, depth = 4): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const field of type.fieldsArray) {
    if (random.next() < (depth > 0 ? 0.4 : 0.8)) continue;
    const times = field.repeated || field instanceof protobuf.MapField ? random.integer(0, 4) : 1;
    const isPackable = field.repeated && field.packed && typeNameOf(field) in protobuf.types.packed;
    const isPacked = isPackable && random.next() < 0.8;
    if (isPacked) writer.uint32((field.id << 3) | 2).fork();
    for (let left = times; left > 0; left--) {
      if (field instanceof protobuf.MapField) writeEntry(writer, field as protobuf.MapField, random, depth);
      else writeValue(writer, field, isPacked ? undefined : field.id, random, depth);
    }
    if (isPacked) writer.ldelim();
  }
  return writer.finish();
}

const typeNameOf = ({ resolvedType, type }: protobuf.Field): string =>
  resolvedType instanceof protobuf.Enum ? 'int32' : type;

function writeEntry(writer: protobuf.Writer, field: protobuf.MapField, random: SeededRandom, depth: number): void {
  writer.uint32((field.id << 3) | 2).fork();
  writeScalar(writer, field.keyType, 1, random);
  writeValue(writer, field as unknown as protobuf.Field, 2, random, depth);
  writer.ldelim();
}

function writeValue(
  writer: protobuf.Writer,
  field: protobuf.Field,
  id: number | undefined,
  random: SeededRandom,
  depth: number,
): void {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) {
    const inner = depth > 0 ? randomMessage(resolvedType, random, depth - 1) : new Uint8Array();
    writer.uint32(((id as number) << 3) | 2).bytes(inner);
  } else writeScalar(writer, resolvedType instanceof protobuf.Enum ? 'enum' : field.type, id, random);
}

function writeScalar(writer: protobuf.Writer, type: string, id: number | undefined, random: SeededRandom): void {
  const tag = (wireType: number) => (id === undefined ? writer : writer.uint32((id << 3) | wireType));
  switch (type) {
    case 'double':
      tag(1).double(randomDouble(random));
      return;
    case 'float':
      tag(5).float(Math.fround(randomDouble(random)));
      return;
    case 'string':
      tag(2).string(randomText(random));
      return;
    case 'bytes':
      tag(2).bytes(Uint8Array.from({ length: random.integer(0, 20) }, () => random.integer(0, 255)));
      return;
    case 'bool':
      tag(0).bool(random.next() < 0.5);
      return;
    case 'enum':
      tag(0).int32(random.pick([0, 1, 2, -5, 3, 77]));
      return;
    case 'fixed32':
      tag(5).fixed32(random.integer(0, 2 ** 32 - 1));
      return;
    case 'sfixed32':
      tag(5).sfixed32(random.integer(-(2 ** 31), 2 ** 31 - 1));
      return;
    case 'fixed64':
      tag(1).fixed64(randomInteger(random).toString());
      return;
    case 'sfixed64':
      tag(1).sfixed64(randomInteger(random).toString());
      return;
    case 'int64':
    case 'uint64':
    case 'sint64':
      tag(0)[type](randomInteger(random).toString());
      return;
    case 'uint32':
      tag(0).uint32(random.integer(0, 2 ** 32 - 1));
      return;
    case 'int32':
    case 'sint32':
      tag(0)[type](random.integer(-(2 ** 31), 2 ** 31 - 1));
      return;
    default:
      throw new Error(`expected a scalar type, got ${type}`);
  }
}
