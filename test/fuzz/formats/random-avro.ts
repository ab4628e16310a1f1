import type { Type, types } from 'avsc';
import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { randomDouble, randomText } from './random-values.ts';

const longs = [0, 1, -1, 63, 64, -65, 2 ** 31, -(2 ** 40), 2 ** 52, -(2 ** 52)];

/** A value of a type, as avsc writes it with all unions wrapped. */
export function randomAvro(type: Type, random: SeededRandom, depth = 4): unknown {
  const many = <T>(make: () => T): T[] => Array.from({ length: depth > 0 ? random.integer(0, 3) : 0 }, make);
  switch (type.typeName) {
    case 'null':
      return null;
    case 'boolean':
      return random.next() < 0.5;
    case 'int':
      return random.next() < 0.02 ? random.integer(-(2 ** 31), 2 ** 31 - 1) : random.integer(-100_000, 100_000);
    case 'long':
      return random.next() < 0.1 ? random.pick(longs) : random.integer(-(2 ** 33), 2 ** 33);
    case 'float':
      return Math.fround(randomDouble(random));
    case 'double':
      return randomDouble(random);
    case 'string':
      return randomText(random);
    case 'bytes':
      return Buffer.from(Array.from({ length: random.integer(0, 15) }, () => random.integer(0, 255)));
    case 'fixed':
      return Buffer.from(Array.from({ length: (type as types.FixedType).size }, () => random.integer(0, 255)));
    case 'enum':
      return random.pick((type as types.EnumType).symbols);
    case 'array':
      return many(() => randomAvro((type as types.ArrayType).itemsType, random, depth - 1));
    case 'map': {
      const { valuesType } = type as types.MapType;
      return Object.fromEntries(many(() => [randomText(random), randomAvro(valuesType, random, depth - 1)]));
    }
    case 'union:wrapped': {
      const { types: members } = type as types.WrappedUnionType;
      const member = depth > 0 ? random.pick(members) : (members[0] as Type);
      return member.typeName === 'null'
        ? null
        : { [member.branchName as string]: randomAvro(member, random, depth - 1) };
    }
    case 'record':
      return Object.fromEntries(
        (type as types.RecordType).fields.map((field) => [field.name, randomAvro(field.type, random, depth - 1)]),
      );
    default:
      throw new Error(`expected a type of Avro, got ${type.typeName}`);
  }
}
