/** So many names are kept: they are for people. */
const mostNames = 20;

/** Counts rows that were made without some of their record's fields, where a table's columns are frozen. */
export class IgnoredFields {
  readonly #names = new Set<string>();
  readonly #ofRow = new Set<string>();
  #rows = 0;

  /** A field of the row at hand. */
  add(columnName: string): void {
    this.#ofRow.add(columnName);
  }

  /** The row is made. */
  endRow(): void {
    if (this.#ofRow.size === 0) return;
    this.#rows++;
    for (const name of this.#ofRow) if (this.#names.size < mostNames) this.#names.add(name);
    this.#ofRow.clear();
  }

  /** The row is not made. */
  forgetRow(): void {
    this.#ofRow.clear();
  }

  clear(): void {
    this.#names.clear();
    this.#ofRow.clear();
    this.#rows = 0;
  }

  /** Rows, and the names of their fields as columns would have them; nothing where there are none. */
  get found(): { rows: number; columns: string[] } | undefined {
    return this.#rows === 0 ? undefined : { rows: this.#rows, columns: [...this.#names].sort() };
  }
}
