import type { KeyValue, ParquetFooter } from '../footer/parquet-footer.ts';

const text = new TextDecoder();
const textOf = ({ field_1, field_2 }: KeyValue): string => `${text.decode(field_1)}=${text.decode(field_2)}`;

/** Spark before 3 rebased always. */
const rebase = /^org\.apache\.spark\.(legacy|timeZone|version=[12]\.)/;

/**
 * What a reader must know of a file to understand its old dates and timestamps (Spark's rebasing). Only files that agree in it
 * may share a footer.
 */
export const calendarOf = ({ keyValues }: Pick<ParquetFooter, 'keyValues'>): string =>
  keyValues
    .map(textOf)
    .filter((entry) => rebase.test(entry))
    .sort()
    .join('\n');

/** What every one of some files says of itself, asked one by one. */
export class SharedKeyValues {
  #shared: Map<string, KeyValue> | undefined;

  add({ keyValues }: Pick<ParquetFooter, 'keyValues'>): void {
    const own = new Map(keyValues.map((entry) => [textOf(entry), entry]));
    if (this.#shared === undefined) {
      // Copies: the entries are views of a footer, which would stay in memory with them.
      this.#shared = new Map([...own].map(([key, entry]) => [key, copyOf(entry)]));
    } else for (const key of this.#shared.keys()) if (!own.has(key)) this.#shared.delete(key);
  }

  /**
   * `columnsDiffer`: where columns were added, none of it is true of the whole any more but the calendar, which is no matter of
   * columns.
   */
  entries({ columnsDiffer }: { columnsDiffer: boolean }): KeyValue[] {
    const entries = [...(this.#shared?.entries() ?? [])];
    return entries.filter(([key]) => !columnsDiffer || rebase.test(key)).map(([, entry]) => entry);
  }
}

const copyOf = ({ field_1, field_2 }: KeyValue): KeyValue => ({
  field_1: field_1.slice(),
  ...(field_2 !== undefined && { field_2: field_2.slice() }),
});
