import type { FileColumns } from '#columnar/vector/vector.ts';
import type { PartitionValues } from '#delta/actions.ts';
import { Misfit } from '../coerce/misfit.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { SourceRecord } from './source-record.ts';
import { type FileRows, FileScheme, keyOfPartition, SourcePartitionCounts, type TableBatch } from './table-files.ts';
import type { UnfiledRows } from './unfiled-rows.ts';

export interface FiledRows {
  batch: TableBatch;
  /** Rows whose partition values have no text. */
  misfits: { row: number; misfit: Misfit }[];
}

/** Rows by file. Row n is of record n; `kept`: rows that files are made of, ascending. Within a file they keep their order. */
export function fileRows(
  table: TableRecord,
  rows: UnfiledRows,
  records: readonly SourceRecord[],
  kept: Int32Array,
): FiledRows {
  const scheme = new FileScheme(table);
  const misfits: FiledRows['misfits'] = [];
  const groups = new Map<string, { partitionValues: PartitionValues; rows: Int32Array }>();
  for (const group of scheme.partitions.length === 0 ? [{ rows: kept }] : rows.groupRows(scheme.partitions, kept)) {
    const [first] = group.rows;
    if (first === undefined) continue;
    const partitionValues = scheme.partitionValues((place) => rows.value(place, first));
    if (partitionValues instanceof Misfit) {
      for (const row of group.rows) misfits.push({ row, misfit: partitionValues });
      continue;
    }
    const key = keyOfPartition(partitionValues);
    const equal = groups.get(key);
    if (equal === undefined) groups.set(key, { partitionValues, rows: group.rows });
    else equal.rows = merged(equal.rows, group.rows);
  }
  let oldestArrivalMs = Number.POSITIVE_INFINITY;
  let newestArrivalMs = Number.NEGATIVE_INFINITY;
  const files = [...groups.values()].map(({ partitionValues, rows: own }): FileRows => {
    const sourcePartitions = new SourcePartitionCounts();
    for (const row of own) {
      const record = records[row] as SourceRecord;
      sourcePartitions.add(record);
      oldestArrivalMs = Math.min(oldestArrivalMs, record.timestampMs);
      newestArrivalMs = Math.max(newestArrivalMs, record.timestampMs);
    }
    const columns: FileColumns = {
      fields: scheme.storedFields,
      columns: rows.columns(scheme.stored, own.length === rows.length ? undefined : own),
      rows: own.length,
    };
    return { partitionValues, columns, rowsBySourcePartition: sourcePartitions.counts };
  });
  misfits.sort((left, right) => left.row - right.row);
  return { batch: { table, files, oldestArrivalMs, newestArrivalMs }, misfits };
}

/** Values may differ and their texts not: null and an empty string. */
function merged(left: Int32Array, right: Int32Array): Int32Array {
  const rows = new Int32Array(left.length + right.length);
  rows.set(left);
  rows.set(right, left.length);
  return rows.sort();
}
