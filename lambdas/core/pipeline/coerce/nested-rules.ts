import type { ColumnValue } from '#columnar/vector/column.ts';
import type { ArrayType, DataType, MapType } from '#delta/schema.ts';
import {
  type DecodedList,
  type DecodedMap,
  type DecodedRecord,
  type DecodedValue,
  textOf,
} from '#formats/decoded-value.ts';
import { Misfit } from './misfit.ts';
import { type Coercion, nameOf, type Rules, rule } from './rule.ts';

type CoercionTo = (type: DataType) => Coercion;

/** Runs `coerce`, and says of a misfit where in its value it was. */
function at<T>(step: () => string, coerce: () => T): T {
  try {
    return coerce();
  } catch (error) {
    if (error instanceof Misfit) error.path = `${step()}${error.path}`;
    throw error;
  }
}

export function arrayRules(type: ArrayType, coercionTo: CoercionTo): Rules {
  const item = coercionTo(type.elementType);
  return {
    array: rule('exact', 'item by item', ({ items }: DecodedList) =>
      items.map((element, index) =>
        at(
          () => `[${index}]`,
          () => {
            if (element !== null) return item(element);
            if (type.containsNull) return null;
            throw new Misfit(
              'MissingValue',
              `expected ${nameOf(type.elementType)}, got null in an array without nulls`,
            );
          },
        ),
      ),
    ),
  };
}

/** A map's column value is the list of its entries, each a key and a value. */
export function mapRules(type: MapType, coercionTo: CoercionTo): Rules {
  const coerceKey = coercionTo(type.keyType);
  const coerceValue = coercionTo(type.valueType);
  const entriesOf = (entries: Iterable<readonly [Exclude<DecodedValue, null>, DecodedValue]>): ColumnValue => {
    const made: [ColumnValue, ColumnValue][] = [];
    const known = new Set<unknown>();
    for (const [key, value] of entries) {
      at(
        () => `[${JSON.stringify(textOf(key))}]`,
        () => {
          const madeKey = coerceKey(key);
          const identity = typeof madeKey === 'object' ? textOf(key) : madeKey;
          if (known.has(identity)) {
            throw new Misfit(
              'AmbiguousColumn',
              `expected each ${nameOf(type.keyType)} key once in a map, got one twice`,
            );
          }
          known.add(identity);
          if (value === null && !type.valueContainsNull) {
            throw new Misfit('MissingValue', `expected ${nameOf(type.valueType)}, got null in a map without nulls`);
          }
          made.push([madeKey, value === null ? null : coerceValue(value)]);
        },
      );
    }
    return made;
  };
  return {
    map: rule('exact', 'key by key and value by value; each key once', ({ entries }: DecodedMap) => entriesOf(entries)),
    object: rule(
      'exact',
      'its fields are the entries, their names coerced as strings to the type of keys',
      (record: DecodedRecord) =>
        entriesOf(record.names.map((name, index) => [name, record.values[index] as DecodedValue])),
    ),
  };
}
