import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { type DataType, decimalOf, type StructType } from '#delta/schema.ts';
import {
  DecodedDate,
  DecodedInstant,
  DecodedList,
  DecodedMap,
  DecodedRecord,
  type DecodedValue,
  NumberToken,
} from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import { coercionTo } from '#pipeline/coerce/coerce-value.ts';
import { Misfit } from '#pipeline/coerce/misfit.ts';
import { dataType } from '../../../support/random-values.ts';

type Value = Exclude<DecodedValue, null>;

const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?$/);
const micros = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n), fc.bigInt(-(2n ** 40n), 2n ** 52n));
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.boolean(),
  fc.string({ unit: 'grapheme' }),
  digits,
  fc.constantFrom('2024-02-29', '2024-02-29T01:02:03Z', '2024-02-29T01:02:03.123456789+01:00', '2024-02-29 01:02'),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  digits.map((text) => new NumberToken(text)),
  fc.double(),
  fc.float(),
  fc.bigInt(-(2n ** 70n), 2n ** 70n),
  fc.bigInt(-300n, 300n),
  fc.uint8Array({ maxLength: 6 }),
  fc
    .tuple(micros, fc.boolean(), fc.oneof(fc.constant(0), fc.nat(999)))
    .map(([at, isLocal, nanos]) => new DecodedInstant(at, isLocal, nanos)),
  fc.integer({ min: -3_000_000, max: 4_000_000 }).map((days) => new DecodedDate(days)),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(fc.option(tie('value')), { maxLength: 3 }).map((items) => new DecodedList(items)),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.bigInt()), fc.option(tie('value'))), {
        maxLength: 3,
        selector: ([key]) => String(key),
      })
      .map((entries) => new DecodedMap(entries)),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom('f0', 'f1', 'f2'), fc.option(tie('value'))), {
        maxLength: 3,
        selector: ([name]) => name,
      })
      .map(
        (fields) =>
          new DecodedRecord(
            fields.map(([name]) => name),
            fields.map(([, field]) => field),
          ),
      ),
  ),
}));

/** A decimal text as a fraction: numerator over a power of ten. */
function fraction(text: string): { top: bigint; tens: bigint } | undefined {
  const [, sign, whole, behind = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const top = BigInt(`${sign}${whole}${behind}`);
  const exponent = Number(power) - behind.length;
  return exponent >= 0 ? { top: top * 10n ** BigInt(exponent), tens: 1n } : { top, tens: 10n ** BigInt(-exponent) };
}

/** What number a value is, exactly; a double by the digits that are its name. */
function numberOf(found: Value, takesText: boolean): ReturnType<typeof fraction> {
  if (found instanceof NumberToken) return fraction(found.text);
  if (typeof found === 'bigint') return { top: found, tens: 1n };
  if (typeof found === 'number') return fraction(String(found));
  return takesText && typeof found === 'string' && !/e/i.test(found) ? fraction(found) : undefined;
}

const calendar = [-62_135_596_800_000_000n, 253_402_300_799_999_999n] as const;
const isIn = (at: bigint): boolean => at >= calendar[0] && at <= calendar[1];
const bits: Record<string, number> = { byte: 8, short: 16, integer: 32, long: 64 };
const nothing = Symbol('a dead letter');

/** What a column of whole or scaled numbers is to hold: by fractions, not by the rules' own arithmetic. */
function wholeOf(type: string, found: Value): ColumnValue | typeof nothing {
  const decimal = decimalOf(type);
  const scale = 10n ** BigInt(decimal?.scale ?? 0);
  const exact = numberOf(found, type === 'long' || decimal !== undefined);
  if (exact === undefined || (exact.top * scale) % exact.tens !== 0n) return nothing;
  const whole = (exact.top * scale) / exact.tens;
  const limit = decimal === undefined ? 2n ** BigInt((bits[type] as number) - 1) : 10n ** BigInt(decimal.precision);
  if (whole >= limit || whole < -limit || (decimal !== undefined && whole === -limit)) return nothing;
  return decimal !== undefined || type === 'long' ? whole : Number(whole);
}

/** Binary numbers as they are; digits to the nearest, integers exactly. */
function floatOf(type: string, found: Value): ColumnValue | typeof nothing {
  const nearest = type === 'float' ? Math.fround : (of: number) => of;
  if (typeof found === 'number') return Object.is(nearest(found), found) ? found : nothing;
  const text = found instanceof NumberToken ? found.text : typeof found === 'bigint' ? String(found) : undefined;
  if (text === undefined) return nothing;
  const near = nearest(Number(text));
  if (!Number.isFinite(near) || (near === 0 && /[1-9]/.test(text.split(/e/i)[0] as string))) return nothing;
  if (/^-?\d+$/.test(text) && BigInt(Number(text)) !== BigInt(text)) return nothing;
  return Number.isInteger(Number(text)) && type === 'float' && near !== Number(text) ? nothing : near;
}

function expected(type: DataType, found: Value): unknown {
  if (typeof type !== 'string') return expectedNested(type, found);
  switch (type) {
    case 'boolean':
      return typeof found === 'boolean' ? found : nothing;
    case 'float':
    case 'double':
      return floatOf(type, found);
    case 'binary':
      if (typeof found === 'string') {
        const bytes = Buffer.from(found, 'base64');
        return bytes.toString('base64') === found ? [...bytes] : nothing;
      }
      return found instanceof Uint8Array ? [...found] : nothing;
    case 'timestamp':
    case 'timestamp_ntz': {
      const isLocal = type === 'timestamp_ntz';
      if (found instanceof DecodedInstant) {
        return found.isLocal === isLocal && found.nanos === 0 && isIn(found.micros) ? found.micros : nothing;
      }
      if (found instanceof DecodedDate && isLocal) {
        const at = BigInt(found.days) * 86_400_000_000n;
        return isIn(at) ? at : nothing;
      }
      if (found === '2024-02-29T01:02:03Z' && !isLocal) return 1_709_168_523_000_000n;
      return found === '2024-02-29 01:02' && isLocal ? 1_709_168_520_000_000n : nothing;
    }
    case 'date':
      if (found === '2024-02-29') return 19_782;
      return found instanceof DecodedDate && isIn(BigInt(found.days) * 86_400_000_000n) ? found.days : nothing;
    default:
      return wholeOf(type, found);
  }
}

/** Nothing where any part is a dead letter. */
const all = (parts: readonly unknown[]): unknown => (parts.includes(nothing) ? nothing : parts);

function expectedNested(type: Exclude<DataType, string>, found: Value): unknown {
  const inner = (of: DataType, part: DecodedValue): unknown => (part === null ? null : textOr(of, part));
  switch (type.type) {
    case 'array':
      return found instanceof DecodedList ? all(found.items.map((item) => inner(type.elementType, item))) : nothing;
    case 'struct': {
      if (!(found instanceof DecodedRecord)) return nothing;
      const names = type.fields.map(({ name }) => name);
      const isKnown = found.names.every((name, index) => names.includes(name) || isEmpty(found.values[index]!));
      const fieldOf = (name: string) => found.values[found.names.indexOf(name)] ?? null;
      return isKnown ? all(type.fields.map((field) => inner(field.type, fieldOf(field.name)))) : nothing;
    }
    case 'map': {
      const entries =
        found instanceof DecodedMap
          ? found.entries
          : found instanceof DecodedRecord
            ? found.names.map((name, index) => [name, found.values[index]!] as const)
            : undefined;
      if (entries === undefined) return nothing;
      const made = entries.map(([key, part]) => all([textOr(type.keyType, key), inner(type.valueType, part)]));
      const keys = made.map((entry) => String((entry as unknown[])[0]));
      const isTwice = type.keyType !== 'string' && new Set(keys).size < keys.length;
      return isTwice ? nothing : all(made);
    }
  }
}

/** Nothing tells what type it would be of. */
const isEmpty = (part: DecodedValue): boolean =>
  part === null ||
  (part instanceof DecodedList && part.items.every(isEmpty)) ||
  (part instanceof DecodedMap && part.entries.every(([, inner]) => isEmpty(inner))) ||
  (part instanceof DecodedRecord && part.values.every(isEmpty));

const anyText = Symbol('any text');

/** Texts have a property of their own. */
const textOr = (type: DataType, part: Value): unknown => (type === 'string' ? anyText : expected(type, part));

/** As `expected` has it: texts by a word, bytes as numbers. */
function comparable(type: DataType, made: ColumnValue): unknown {
  if (made === null) return null;
  if (type === 'string') return typeof made === 'string' ? anyText : made;
  if (made instanceof Uint8Array) return [...made];
  if (typeof type === 'string') return made;
  const parts = made as ColumnValue[];
  switch (type.type) {
    case 'array':
      return parts.map((part) => comparable(type.elementType, part));
    case 'struct':
      return parts.map((part, index) => comparable((type as StructType).fields[index]!.type, part));
    case 'map':
      return parts.map((part) => {
        const [key, inner] = part as [ColumnValue, ColumnValue];
        return [comparable(type.keyType, key), comparable(type.valueType, inner)];
      });
  }
}

test('a value fits a column exactly, or its record is a dead letter that says why', () => {
  const property = fc.property(value, dataType, (found, type) => {
    let made: ColumnValue;
    try {
      made = coercionTo(type)(found);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      expect(error.message).toMatch(/^expected /);
      if (textOr(type, found) !== nothing) expect(error.message, 'a value that fits').toBe('no error');
      return;
    }
    expect(comparable(type, made)).toEqual(textOr(type, found));
  });
  fc.assert(property, { numRuns: 3_000, examples: [[-(2n ** 67n) + 2n ** 13n, 'float']] });
});

test('a string column holds what JSON would be read as again', () => {
  const property = fc.property(value, (found) => {
    const made = coercionTo('string')(found) as string;
    if (typeof found === 'string') expect(made).toBe(found);
    if (typeof found === 'number') expect(Object.is(Number(made), found)).toBe(true);
    if (typeof found === 'bigint') expect(BigInt(made)).toBe(found);
    if (found instanceof NumberToken) expect(made).toBe(found.text);
    if (found instanceof Uint8Array) expect([...Buffer.from(made, 'base64')]).toEqual([...found]);
    if (found instanceof DecodedInstant && found.nanos === 0 && isIn(found.micros)) {
      expect(coercionTo(found.isLocal ? 'timestamp_ntz' : 'timestamp')(made)).toBe(found.micros);
    }
    if (found instanceof DecodedRecord || (found instanceof DecodedMap && found.entries.length > 0)) {
      const again = decodeJson(Buffer.from(made));
      if (again.kind !== 'record') throw new Error(`${made}: ${again.message}`);
      expect(again.record.raw).toBe(made);
    }
  });
  fc.assert(property, { numRuns: 1_000 });
});
