import type { ColumnValue } from '#columnar/vector/column.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import { type EpochUnit, epochUnitOf } from '#contract/epoch-unit.ts';
import type { DataType, StructType } from '#delta/schema.ts';
import { DecodedList, DecodedMap, DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import { Misfit } from './misfit.ts';
import type { Coercion, CoercionOptions } from './rule.ts';

/** Spellings of columns that a coercion remembers. Names without a column are not: each would keep its payload in memory. */
const maxRememberedNames = 1_000;
const noPlace = -1;

/** Nothing can be told of its type: null, an empty list, map or record, or lists, maps and records of such. */
export function isUndecided(value: DecodedValue): boolean {
  if (value === null) return true;
  if (value instanceof DecodedList) return value.items.every(isUndecided);
  if (value instanceof DecodedMap) return value.entries.every(([, inner]) => isUndecided(inner));
  return value instanceof DecodedRecord && value.values.every(isUndecided);
}

/** The rule for a struct, a whole row included. Fields without a column are a misfit, unless they are undecided or ignored. */
export function structCoercion(
  type: StructType,
  coercionTo: (type: DataType, epochUnit?: EpochUnit) => Coercion,
  { ignoreField }: CoercionOptions = {},
  reserved: ReadonlySet<string> = new Set(),
): (record: DecodedRecord) => ColumnValue {
  const coercions = type.fields.map((field) => coercionTo(field.type, epochUnitOf(field)));
  const required = type.fields.flatMap((field, index) => (field.nullable || reserved.has(field.name) ? [] : [index]));
  const isReserved = type.fields.map((field) => reserved.has(field.name));
  const byKey = new Map(type.fields.map((field, index) => [columnKeyOf(field.name), index]));
  const placesByName = new Map<string, number>();

  const placeOf = (name: string): number => {
    const known = placesByName.get(name);
    if (known !== undefined) return known;
    const place = byKey.get(columnKeyOf(columnNameOf(name))) ?? noPlace;
    // A name of its own: a part of a payload's text would keep it in memory.
    if (place !== noPlace && placesByName.size < maxRememberedNames) placesByName.set(structuredClone(name), place);
    return place;
  };

  /** Records of one schema share their names. */
  let lastNames: readonly string[] = [];
  let lastPlaces: readonly number[] = [];
  const placesOf = (names: readonly string[]): readonly number[] => {
    if (names === lastNames) return lastPlaces;
    lastNames = names;
    lastPlaces = names.map(placeOf);
    return lastPlaces;
  };

  return ({ names, values }) => {
    const row: ColumnValue[] = new Array(coercions.length).fill(null);
    const places = placesOf(names);
    let seen: Set<number> | undefined;
    let last = -1;
    for (let field = 0; field < names.length; field++) {
      const name = names[field] as string;
      const decoded = values[field] as DecodedValue;
      const place = places[field] as number;
      try {
        if (place === noPlace) {
          if (isUndecided(decoded)) continue;
          if (ignoreField === undefined) throw unknown(name);
          ignoreField(columnNameOf(name));
          continue;
        }
        if (place <= last) {
          seen ??= new Set(places.slice(0, field));
          if (seen.has(place)) throw ambiguous(type, place);
        }
        seen?.add(place);
        last = Math.max(last, place);
        if (decoded === null) continue;
        if (isReserved[place] === true) {
          throw new Misfit('ReservedColumn', `expected no field for the column ${type.fields[place]?.name}`);
        }
        row[place] = (coercions[place] as Coercion)(decoded);
      } catch (error) {
        if (error instanceof Misfit) error.path = `.${name}${error.path}`;
        throw error;
      }
    }
    for (const index of required) if (row[index] === null) throw missing(type, index);
    return row;
  };
}

const unknown = (name: string): Misfit =>
  new Misfit(
    'UnknownColumn',
    `expected a field that has a column, got one for the unknown column ${columnNameOf(name)}`,
  );

const ambiguous = (type: StructType, place: number): Misfit =>
  new Misfit('AmbiguousColumn', `expected one field for the column ${type.fields[place]?.name}, got two`);

function missing(type: StructType, index: number): Misfit {
  const field = type.fields[index] as StructType['fields'][number];
  const wanted = typeof field.type === 'string' ? field.type : field.type.type;
  return new Misfit(
    'MissingValue',
    `expected ${wanted} for the column ${field.name} (not nullable), got none`,
    `.${field.name}`,
  );
}
