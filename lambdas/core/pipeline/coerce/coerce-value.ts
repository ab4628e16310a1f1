import { isWritable } from '#columnar/vector/make-column.ts';
import type { EpochUnit } from '#contract/epoch-unit.ts';
import type { DataType } from '#delta/schema.ts';
import { DecodedRecord, kindOf, memberOf, NumberToken } from '#formats/decoded-value.ts';
import { structCoercion } from './coerce-struct.ts';
import { Misfit } from './misfit.ts';
import { arrayRules, mapRules } from './nested-rules.ts';
import { decimalRules, floatRules, integerRules } from './number-rules.ts';
import { type Coercion, type CoercionOptions, mismatch, nameOf, type Rules, rule } from './rule.ts';
import { binaryRules, booleanRules, stringRules } from './text-rules.ts';
import { isTimeType, timeRules, timeTypeName } from './time-rules.ts';

/**
 * What a column of this type does with each kind of value (docs/coercion.md is made from it): a kind that is not named makes a
 * dead letter. A timestamp's numbers count `epochUnit`s, or are refused.
 */
export function rulesTo(type: DataType, epochUnit?: EpochUnit, options: CoercionOptions = {}): Rules {
  if (typeof type !== 'string') {
    const inner = (type: DataType, unit?: EpochUnit) => coercionTo(type, unit, options);
    switch (type.type) {
      case 'struct':
        return { object: rule('exact', 'field by field', structCoercion(type, inner, options)) };
      case 'array':
        return arrayRules(type, inner);
      case 'map':
        return mapRules(type, inner);
    }
  }
  switch (type) {
    case 'string':
      return stringRules;
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return integerRules(type);
    case 'float':
    case 'double':
      return floatRules(type);
    case 'boolean':
      return booleanRules;
    case 'binary':
      return binaryRules;
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return timeRules(type, epochUnit, options.truncatesNanoseconds === true);
    default:
      return decimalRules(type);
  }
}

/** The rule for a column of this type; a timestamp's numbers count `epochUnit`s, or are refused. */
export function coercionTo(type: DataType, epochUnit?: EpochUnit, options: CoercionOptions = {}): Coercion {
  if (!isWritable(type)) {
    return (value) => {
      throw new Misfit(
        'TypeMismatch',
        `expected no value: columns of type ${nameOf(type)} cannot be written, got ${kindOf(value)}`,
      );
    };
  }
  const rules = rulesTo(type, epochUnit, options);
  const expected = isTimeType(type) ? timeTypeName(type, epochUnit) : type;
  const refuse: Coercion = (value) => {
    throw mismatch(expected, value);
  };
  const [ofString, ofDouble, ofInteger, ofNumber] = (['string', 'double', 'integer', 'number'] as const).map(
    (kind) => rules[kind]?.coerce ?? refuse,
  ) as [Coercion, Coercion, Coercion, Coercion];
  const isStruct = typeof type !== 'string' && type.type === 'struct';
  /** As `kindOf` tells kinds, the frequent ones first. A member of a union stands for itself where the column is no struct of them. */
  const coerce: Coercion = (value) => {
    switch (typeof value) {
      case 'string':
        return ofString(value);
      case 'number':
        return ofDouble(value);
      case 'bigint':
        return ofInteger(value);
      default: {
        if (value instanceof NumberToken) return ofNumber(value);
        const member = !isStruct && value instanceof DecodedRecord ? memberOf(value) : undefined;
        if (member !== undefined) return member === null ? null : coerce(member);
        return (rules[kindOf(value)]?.coerce ?? refuse)(value);
      }
    }
  };
  return coerce;
}
