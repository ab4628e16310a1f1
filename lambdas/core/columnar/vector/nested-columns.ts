import type { Column, ColumnValue } from './column.ts';
import { ColumnBase } from './column-base.ts';
import { grown } from './validity.ts';
import type { Vector } from './vector.ts';

/** array: the items of all values in one column. Statistics treat it as a leaf without bounds. */
export class ListColumn extends ColumnBase {
  readonly #items: Column;
  #offsets = new Int32Array(1024);

  constructor(items: Column) {
    super();
    this.#items = items;
  }

  override append(value: ColumnValue): void {
    this.validity.append(value !== null);
    if (value !== null) for (const item of value as readonly ColumnValue[]) this.#items.append(item);
    if (this.length >= this.#offsets.length) this.#offsets = grown(this.#offsets, this.#offsets.length * 2);
    this.#offsets[this.length] = this.#items.length;
  }

  override vector(): Vector {
    const offsets = this.#offsets.subarray(0, this.length + 1);
    return { ...this.presence(), kind: 'list', offsets, items: this.#items.vector() };
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

  override vector(): Vector {
    const offsets = this.#offsets.subarray(0, this.length + 1);
    return { ...this.presence(), kind: 'map', offsets, keys: this.#keys.vector(), values: this.#values.vector() };
  }
}

/** struct: one column for each field; a null struct is null in all of them. */
export class StructColumn extends ColumnBase {
  readonly children: readonly Column[];

  constructor(children: readonly Column[]) {
    super();
    this.children = children;
  }

  override append(value: ColumnValue): void {
    this.validity.append(value !== null);
    for (const [index, child] of this.children.entries()) {
      child.append(value === null ? null : ((value as readonly ColumnValue[])[index] as ColumnValue));
    }
  }

  override vector(): Vector {
    return { ...this.presence(), kind: 'struct', children: this.children.map((child) => child.vector()) };
  }
}
