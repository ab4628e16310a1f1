import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import type { DecodedList, DecodedMap, DecodedRecord, DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import { kindOf } from '#formats/decoded-value.ts';
import { inferredNumber } from '../coerce/exact-number.ts';

/**
 * What the values of one field have been, over a whole batch: the ground that inference stands on. Nulls, empty lists and
 * empty records decide nothing.
 */
export class Shape {
  #strings = 0;
  #booleans = 0;
  #longs = 0;
  #decimals = 0;
  #beyondDecimals = 0;
  #doubles = 0;
  #bytes = 0;
  #instants = 0;
  #localTimes = 0;
  #dates = 0;
  #lists = 0;
  #maps = 0;
  #records = 0;
  #items: Shape | undefined;
  #keys: Shape | undefined;
  #mapped: Shape | undefined;
  readonly #fields = new Map<string, { name: string; shape: Shape }>();

  observe(value: DecodedValue): void {
    if (value === null) return;
    const kind = kindOf(value);
    switch (kind) {
      case 'string':
        this.#strings++;
        return;
      case 'boolean':
        this.#booleans++;
        return;
      case 'number':
        this.#observeNumber((value as NumberToken).text);
        return;
      case 'integer':
        this.#observeNumber(String(value));
        return;
      case 'double':
        this.#doubles++;
        return;
      case 'bytes':
        this.#bytes++;
        return;
      case 'instant':
        this.#instants++;
        return;
      case 'local time':
        this.#localTimes++;
        return;
      case 'date':
        this.#dates++;
        return;
      case 'array':
        this.#lists++;
        this.#items ??= new Shape();
        for (const item of (value as DecodedList).items) this.#items.observe(item);
        return;
      case 'map':
        this.#observeMap(value as DecodedMap);
        return;
      case 'object':
        this.observeRecord(value as DecodedRecord);
        return;
      default:
        kind satisfies never;
    }
  }

  observeRecord({ names, values }: DecodedRecord): void {
    this.#records++;
    for (const [index, field] of names.entries()) {
      const name = columnNameOf(field);
      const key = columnKeyOf(name);
      let known = this.#fields.get(key);
      if (known === undefined) {
        known = { name, shape: new Shape() };
        this.#fields.set(key, known);
      }
      known.shape.observe(values[index] as DecodedValue);
    }
  }

  #observeMap({ entries }: DecodedMap): void {
    this.#maps++;
    this.#keys ??= new Shape();
    this.#mapped ??= new Shape();
    for (const [key, value] of entries) {
      this.#keys.observe(key);
      this.#mapped.observe(value);
    }
  }

  #observeNumber(text: string): void {
    switch (inferredNumber(text)) {
      case 'long':
        this.#longs++;
        return;
      case 'decimal(20,0)':
        this.#decimals++;
        return;
      case 'double':
        this.#doubles++;
        return;
      case 'string':
        this.#beyondDecimals++;
        return;
    }
  }

  /**
   * The type of a new column: of the kind that most values have, string where kinds tie, since strings take everything. Integers
   * among doubles are doubles. Nothing while undecided.
   */
  type(): DataType | undefined {
    const numbers = this.#longs + this.#decimals + this.#doubles + this.#beyondDecimals;
    const kinds: [number, DataType | undefined][] = [
      [this.#strings, 'string'],
      [numbers, this.#numberType()],
      [this.#booleans, 'boolean'],
      [this.#bytes, 'binary'],
      [this.#instants, 'timestamp'],
      [this.#localTimes, 'timestamp_ntz'],
      [this.#dates, 'date'],
      [this.#records, this.structType()],
      [this.#maps, this.#mapType()],
      [this.#lists, this.#listType()],
    ];
    const decided = kinds.filter(([count, type]) => count > 0 && type !== undefined);
    const most = Math.max(...decided.map(([count]) => count));
    const winners = decided.filter(([count]) => count === most);
    return winners.length > 1 ? 'string' : winners[0]?.[1];
  }

  #numberType(): DataType {
    if (this.#beyondDecimals > 0) return 'string';
    if (this.#doubles > 0) return 'double';
    return this.#decimals > 0 ? 'decimal(20,0)' : 'long';
  }

  #listType(): DataType | undefined {
    const elementType = this.#items?.type();
    return elementType === undefined ? undefined : { type: 'array', elementType, containsNull: true };
  }

  #mapType(): DataType | undefined {
    const keyType = this.#keys?.type();
    const valueType = this.#mapped?.type();
    return keyType === undefined || valueType === undefined
      ? undefined
      : { type: 'map', keyType, valueType, valueContainsNull: true };
  }

  /** The decided fields, in the order they were first seen; nothing while there are none. */
  structType(): StructType | undefined {
    const fields = [...this.#fields.values()].flatMap(({ name, shape }): StructField[] => {
      const type = shape.type();
      return type === undefined ? [] : [{ name, type, nullable: true, metadata: {} }];
    });
    return fields.length === 0 ? undefined : { type: 'struct', fields };
  }

  /**
   * An existing type with the fields added that it lacks; the same object where there are none. Types never change: what
   * does not fit an existing column is no concern of growth.
   */
  grow(existing: DataType): DataType {
    if (typeof existing === 'string') return existing;
    if (existing.type === 'struct') return this.growStruct(existing);
    if (existing.type === 'array' && this.#items !== undefined) {
      const elementType = this.#items.grow(existing.elementType);
      return elementType === existing.elementType ? existing : { ...existing, elementType };
    }
    if (existing.type === 'map' && this.#mapped !== undefined) {
      const valueType = this.#mapped.grow(existing.valueType);
      return valueType === existing.valueType ? existing : { ...existing, valueType };
    }
    return existing;
  }

  growStruct(existing: StructType): StructType {
    const known = new Set(existing.fields.map((field) => columnKeyOf(field.name)));
    let changed = false;
    const fields = existing.fields.map((field) => {
      const shape = this.#fields.get(columnKeyOf(field.name))?.shape;
      const type = shape === undefined ? field.type : shape.grow(field.type);
      if (type === field.type) return field;
      changed = true;
      return { ...field, type };
    });
    for (const [key, { name, shape }] of this.#fields) {
      const type = known.has(key) ? undefined : shape.type();
      if (type === undefined) continue;
      fields.push({ name, type, nullable: true, metadata: {} });
      changed = true;
    }
    return changed ? { type: 'struct', fields } : existing;
  }
}
