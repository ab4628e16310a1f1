import { type Data, makeData } from 'apache-arrow/data';
import { Field } from 'apache-arrow/schema';
import { List, Map_, Struct } from 'apache-arrow/type';
import type { Column, ColumnValue } from './column.ts';
import { ColumnBase } from './column-base.ts';
import { grown } from './validity.ts';

/** array: the items of all values in one column. Statistics treat it as a leaf without bounds. */
export class ListColumn extends ColumnBase {
  readonly #items: Column;
  readonly #containsNull: boolean;
  #offsets = new Int32Array(1024);

  constructor(items: Column, containsNull: boolean) {
    super();
    this.#items = items;
    this.#containsNull = containsNull;
  }

  override append(value: ColumnValue): void {
    this.validity.append(value !== null);
    if (value !== null) for (const item of value as readonly ColumnValue[]) this.#items.append(item);
    if (this.length >= this.#offsets.length) this.#offsets = grown(this.#offsets, this.#offsets.length * 2);
    this.#offsets[this.length] = this.#items.length;
  }

  override data(): Data {
    const items = this.#items.data();
    return makeData({
      type: new List(new Field('element', items.type, this.#containsNull)),
      ...this.presence(),
      valueOffsets: this.#offsets.subarray(0, this.length + 1),
      child: items,
    });
  }
}

/** map: keys and values of all maps in one column each. A map's value is its entries, keys first. */
export class MapColumn extends ColumnBase {
  readonly #keys: Column;
  readonly #values: Column;
  #offsets = new Int32Array(1024);

  constructor(keys: Column, values: Column) {
    super();
    this.#keys = keys;
    this.#values = values;
  }

  override append(value: ColumnValue): void {
    this.validity.append(value !== null);
    for (const [key, item] of (value ?? []) as readonly [ColumnValue, ColumnValue][]) {
      this.#keys.append(key);
      this.#values.append(item);
    }
    if (this.length >= this.#offsets.length) this.#offsets = grown(this.#offsets, this.#offsets.length * 2);
    this.#offsets[this.length] = this.#keys.length;
  }

  override data(): Data {
    const keys = this.#keys.data();
    const values = this.#values.data();
    const entry = new Struct([new Field('key', keys.type, false), new Field('value', values.type, true)]);
    const entries = makeData({ type: entry, length: keys.length, nullCount: 0, children: [keys, values] });
    return makeData({
      type: new Map_(new Field('entries', entry, false) as never),
      ...this.presence(),
      valueOffsets: this.#offsets.subarray(0, this.length + 1),
      child: entries as never,
    });
  }
}

export interface StructChild {
  name: string;
  nullable: boolean;
  column: Column;
}

/** struct: one column for each field; a null struct is null in all of them. */
export class StructColumn extends ColumnBase {
  readonly #fields: readonly StructChild[];
  readonly children: readonly Column[];

  constructor(fields: readonly StructChild[]) {
    super();
    this.#fields = fields;
    this.children = fields.map(({ column }) => column);
  }

  override append(value: ColumnValue): void {
    this.validity.append(value !== null);
    for (const [index, child] of this.children.entries()) {
      child.append(value === null ? null : ((value as readonly ColumnValue[])[index] as ColumnValue));
    }
  }

  override data(): Data {
    const children = this.children.map((child) => child.data());
    return makeData({
      type: new Struct(
        this.#fields.map(({ name, nullable }, index) => new Field(name, (children[index] as Data).type, nullable)),
      ),
      ...this.presence(),
      children,
    });
  }
}
