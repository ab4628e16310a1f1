import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { PartitionValues } from '#delta/actions.ts';
import { Misfit } from '../coerce/misfit.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { SourceRecord } from './source-record.ts';
import { type FileRows, FileScheme, keyOfPartition, SourcePartitionCounts, type TableBatch } from './table-files.ts';

interface OpenFile {
  partitionValues: PartitionValues;
  columns: RowColumns;
  sourcePartitions: SourcePartitionCounts;
}

/** Rows of one table in one transaction, added one by one: of dead letters, and of files that are read again. */
export class BatchRows implements TableBatch {
  readonly table: TableRecord;
  readonly #scheme: FileScheme;
  readonly #files = new Map<string, OpenFile>();
  oldestArrivalMs = Number.POSITIVE_INFINITY;
  newestArrivalMs = Number.NEGATIVE_INFINITY;

  constructor(table: TableRecord) {
    this.table = table;
    this.#scheme = new FileScheme(table);
  }

  /** Adds a row of all the table's columns; answers why it cannot be stored, where a partition value has no text. */
  add(row: readonly ColumnValue[], record: SourceRecord): Misfit | undefined {
    const partitionValues = this.#scheme.partitionValues((place) => row[place] as ColumnValue);
    if (partitionValues instanceof Misfit) return partitionValues;
    const file = this.#fileOf(partitionValues);
    file.columns.append(this.#scheme.stored.map((place) => row[place] as ColumnValue));
    file.sourcePartitions.add(record);
    this.oldestArrivalMs = Math.min(this.oldestArrivalMs, record.timestampMs);
    this.newestArrivalMs = Math.max(this.newestArrivalMs, record.timestampMs);
    return undefined;
  }

  #fileOf(partitionValues: PartitionValues): OpenFile {
    const key = keyOfPartition(partitionValues);
    let file = this.#files.get(key);
    if (file === undefined) {
      const columns = new RowColumns(this.#scheme.storedFields);
      file = { partitionValues, columns, sourcePartitions: new SourcePartitionCounts() };
      this.#files.set(key, file);
    }
    return file;
  }

  get files(): FileRows[] {
    return [...this.#files.values()].map(({ partitionValues, columns, sourcePartitions }) => ({
      partitionValues,
      columns,
      rowsBySourcePartition: sourcePartitions.counts,
    }));
  }
}
