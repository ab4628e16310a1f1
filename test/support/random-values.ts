import fc from 'fast-check';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { DataType } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { field } from './schemas.ts';

/** One value as it is written, and as it is to be read. */
export type Pair = [written: ColumnValue, read: Value];

const pair = <Raw>(raw: fc.Arbitrary<Raw>, toWritten: (raw: Raw) => ColumnValue, toRead: (raw: Raw) => Value) =>
  raw.map((value): Pair => [toWritten(value), toRead(value)]);
const same = <Raw extends ColumnValue & Value>(raw: fc.Arbitrary<Raw>) =>
  pair(
    raw,
    (value) => value,
    (value) => value,
  );

const decimal = (digits: number) =>
  pair(
    fc.bigInt(-(10n ** BigInt(digits)) + 1n, 10n ** BigInt(digits) - 1n),
    (unscaled) => unscaled,
    (unscaled) => {
      const text = String(unscaled < 0n ? -unscaled : unscaled).padStart(3, '0');
      return `${unscaled < 0n ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`;
    },
  );

const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const timestamp = fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n);
export const primitives: Record<string, fc.Arbitrary<Pair>> = {
  byte: same(fc.integer({ min: -128, max: 127 })),
  short: same(fc.integer({ min: -32_768, max: 32_767 })),
  integer: same(fc.integer()),
  long: same(int64),
  float: same(fc.float()),
  double: same(fc.double()),
  boolean: same(fc.boolean()),
  string: same(fc.string({ unit: 'grapheme' })),
  binary: same(fc.uint8Array({ maxLength: 6 })),
  timestamp: same(timestamp),
  timestamp_ntz: same(timestamp),
  date: pair(
    fc.integer({ min: -719_162, max: 2_932_896 }),
    (days) => days,
    (days) => new Date(days * 86_400_000).toISOString().slice(0, 10),
  ),
  'decimal(9,2)': decimal(9),
  'decimal(18,2)': decimal(18),
  'decimal(38,2)': decimal(38),
};

const primitive = fc.constantFrom(...Object.keys(primitives));
const keys = fc.constantFrom('byte', 'integer', 'long', 'string', 'boolean', 'date', 'timestamp', 'decimal(38,2)');

/** Any type that rows can have, however deep. */
export const { type: dataType } = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    primitive,
    fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map(
      (types): DataType => ({
        type: 'struct',
        fields: types.map((type, index) => field(`f${index}`, type)),
      }),
    ),
    tie('type').map((elementType): DataType => ({ type: 'array', elementType, containsNull: true })),
    fc
      .tuple(keys, tie('type'))
      .map(([keyType, valueType]): DataType => ({ type: 'map', keyType, valueType, valueContainsNull: true })),
  ),
}));

/** Values of a type, null among them. */
export const nullable = (type: DataType): fc.Arbitrary<Pair> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant<Pair>([null, null]) }, { weight: 4, arbitrary: present(type) });

function present(type: DataType): fc.Arbitrary<Pair> {
  if (typeof type === 'string') return primitives[type]!;
  switch (type.type) {
    case 'struct':
      return fc
        .tuple(...type.fields.map((member) => nullable(member.type)))
        .map(
          (members): Pair => [
            members.map(([written]) => written),
            Object.fromEntries(members.map(([, read], index) => [type.fields[index]!.name, read])),
          ],
        );
    case 'array':
      return fc
        .array(nullable(type.elementType), { maxLength: 3 })
        .map((items): Pair => [items.map(([written]) => written), items.map(([, read]) => read)]);
    case 'map':
      return fc
        .uniqueArray(fc.tuple(present(type.keyType), nullable(type.valueType)), {
          maxLength: 3,
          selector: ([[key]]) => key,
        })
        .map(
          (entries): Pair => [
            entries.map(([[key], [value]]) => [key, value]),
            new Map(entries.map(([[, key], [, value]]) => [key, value])),
          ],
        );
  }
}
