import type { ColumnValue } from '#columnar/column.ts';
import { isWritable } from '#columnar/make-column.ts';
import { RowColumns } from '#columnar/row-columns.ts';
import type { PartitionValues } from '#delta/actions.ts';
import { parseSchema, type StructField } from '#delta/schema.ts';
import type { TableRecord } from './ledger.ts';
import { Misfit } from './misfit.ts';
import { partitionValueOf } from './partition-value.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';

/** Rows of one data file: of one table and one set of partition values, whichever source partitions they come from. */
export interface FileRows {
  partitionValues: PartitionValues;
  columns: RowColumns;
  rowsBySourcePartition: Map<string, number>;
}

/** Rows of one table in one transaction, gathered by partition values. */
export class BatchRows {
  readonly table: TableRecord;
  readonly #fields: readonly StructField[];
  readonly #partitions: readonly { place: number; field: StructField }[];
  /** Places of the columns that files hold. */
  readonly #stored: readonly number[];
  readonly #files = new Map<string, FileRows>();
  #last = { source: '', partition: '', name: '' };
  oldestArrivalMs = Number.POSITIVE_INFINITY;
  newestArrivalMs = Number.NEGATIVE_INFINITY;

  constructor(table: TableRecord) {
    this.table = table;
    this.#fields = parseSchema(table.schemaString).fields;
    this.#partitions = table.partitionColumns.map((name) => {
      const place = this.#fields.findIndex((field) => field.name === name);
      if (place < 0)
        throw new Error(`table ${table.tableName}: expected its schema to hold the partition column ${name}`);
      return { place, field: this.#fields[place] as StructField };
    });
    this.#stored = this.#fields.flatMap(({ name, type }, place) =>
      table.partitionColumns.includes(name) || !isWritable(type) ? [] : [place],
    );
  }

  /** Adds a row of all the table's columns; answers why it cannot be stored, where a partition value has no text. */
  add(row: readonly ColumnValue[], record: SourceRecord): Misfit | undefined {
    let partitionValues: PartitionValues;
    try {
      partitionValues = this.#partitionValuesOf(row);
    } catch (error) {
      if (error instanceof Misfit) return error;
      throw error;
    }
    const file = this.#fileOf(partitionValues);
    file.columns.append(this.#stored.map((place) => row[place] as ColumnValue));
    const sourcePartition = this.#sourcePartitionOf(record);
    file.rowsBySourcePartition.set(sourcePartition, (file.rowsBySourcePartition.get(sourcePartition) ?? 0) + 1);
    this.oldestArrivalMs = Math.min(this.oldestArrivalMs, record.timestampMs);
    this.newestArrivalMs = Math.max(this.newestArrivalMs, record.timestampMs);
    return undefined;
  }

  /** One text for the rows of one source partition, which mostly come one after another. */
  #sourcePartitionOf(record: SourceRecord): string {
    if (record.partition !== this.#last.partition || record.source !== this.#last.source) {
      this.#last = { source: record.source, partition: record.partition, name: sourcePartitionOf(record) };
    }
    return this.#last.name;
  }

  #partitionValuesOf(row: readonly ColumnValue[]): PartitionValues {
    const values: PartitionValues = {};
    for (const { place, field } of this.#partitions) {
      try {
        values[field.name] = partitionValueOf(field.type, row[place] as ColumnValue);
      } catch (error) {
        if (error instanceof Misfit) error.path = `$.${field.name}`;
        throw error;
      }
    }
    return values;
  }

  #fileOf(partitionValues: PartitionValues): FileRows {
    const key = this.#partitions.length === 0 ? '' : JSON.stringify(Object.values(partitionValues));
    let file = this.#files.get(key);
    if (file === undefined) {
      const fields = this.#stored.map((place) => this.#fields[place] as StructField);
      file = { partitionValues, columns: new RowColumns(fields), rowsBySourcePartition: new Map() };
      this.#files.set(key, file);
    }
    return file;
  }

  files(): FileRows[] {
    return [...this.#files.values()];
  }
}
