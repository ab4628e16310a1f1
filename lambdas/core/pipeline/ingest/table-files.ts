import type { ColumnValue } from '#columnar/vector/column.ts';
import { isWritable } from '#columnar/vector/make-column.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import type { PartitionValues } from '#delta/actions.ts';
import { parseSchema, type StructField } from '#delta/schema.ts';
import { Misfit } from '../coerce/misfit.ts';
import { partitionValueOf } from '../coerce/partition-value.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';

/** Rows of one data file: of one table and one set of partition values, whichever source partitions they come from. */
export interface FileRows {
  partitionValues: PartitionValues;
  columns: FileColumns;
  rowsBySourcePartition: ReadonlyMap<string, number>;
}

/** Rows of one table in one transaction, by the files that they go to. */
export interface TableBatch {
  readonly table: TableRecord;
  readonly files: readonly FileRows[];
  /** Rows that lack fields which have no column, of a table whose columns are frozen; absent where none do. */
  readonly ignored?: { rows: number; columns: string[] } | undefined;
  /** Of the rows' records; beyond any time where there are no rows. */
  readonly oldestArrivalMs: number;
  readonly newestArrivalMs: number;
}

export const rowsIn = ({ files }: TableBatch): number => files.reduce((sum, { columns }) => sum + columns.rows, 0);

/** What a table's files hold, and what tells one from another. */
export class FileScheme {
  /** Places of the partition columns in the schema. */
  readonly partitions: readonly number[];
  /** Places of the columns that files hold. */
  readonly stored: readonly number[];
  readonly storedFields: readonly StructField[];
  readonly #partitionFields: readonly StructField[];

  constructor({ tableName, schemaString, partitionColumns }: TableRecord) {
    const { fields } = parseSchema(schemaString);
    this.partitions = partitionColumns.map((name) => {
      const place = fields.findIndex((field) => field.name === name);
      if (place < 0) throw new Error(`table ${tableName}: expected its schema to hold the partition column ${name}`);
      return place;
    });
    this.#partitionFields = this.partitions.map((place) => fields[place] as StructField);
    this.stored = fields.flatMap(({ name, type }, place) =>
      partitionColumns.includes(name) || !isWritable(type) ? [] : [place],
    );
    this.storedFields = this.stored.map((place) => fields[place] as StructField);
  }

  /** The partition values of a row by its values at `partitions`, or why they have no text. */
  partitionValues(valueAt: (place: number) => ColumnValue): PartitionValues | Misfit {
    const values: PartitionValues = {};
    for (const [index, field] of this.#partitionFields.entries()) {
      try {
        values[field.name] = partitionValueOf(field.type, valueAt(this.partitions[index] as number));
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        error.path = `$.${field.name}`;
        return error;
      }
    }
    return values;
  }
}

/** Tells files apart. */
export const keyOfPartition = (values: PartitionValues): string => JSON.stringify(Object.values(values));

/** Counts rows by the source partition of their records, which mostly come one after another. */
export class SourcePartitionCounts {
  readonly #counts = new Map<string, number>();
  /** Of those that came last, all of one source partition. */
  #last: Pick<SourceRecord, 'source' | 'partition'> | undefined;
  #count = 0;

  add(record: SourceRecord): void {
    const last = this.#last;
    if (record.partition !== last?.partition || record.source !== last.source) {
      this.#countLast();
      this.#last = record;
    }
    this.#count++;
  }

  get counts(): ReadonlyMap<string, number> {
    this.#countLast();
    return this.#counts;
  }

  #countLast(): void {
    if (this.#last === undefined || this.#count === 0) return;
    const name = sourcePartitionOf(this.#last);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + this.#count);
    this.#count = 0;
  }
}
