import type { StructField, StructType } from '#delta/schema.ts';
import { addColumns, type Widening } from '#delta/schema-growth.ts';
import { wideningIn } from '../file-properties.ts';
import type { TableRecord } from '../ledger/ledger.ts';
import type { Manifest, StagedFile } from '../ledger/manifest.ts';

const keyOf = (name: string): string => name.toLowerCase();

/** The top-level columns of `ours` that `theirs` has with another type that they do not widen to or from, at any depth. */
export function conflictingFields(ours: StructType, theirs: StructType, widening: Widening): StructField[] {
  const byName = new Map(theirs.fields.map((field) => [keyOf(field.name), field]));
  return ours.fields.filter((field) => {
    const other = byName.get(keyOf(field.name));
    if (other === undefined) return false;
    const only = (only: StructField): StructType => ({ type: 'struct', fields: [only] });
    return addColumns(only(other), only(field), widening).kind === 'conflict';
  });
}

/** Whether a file has a value for each of these partition columns, and no other. */
export function isPartitionedBy({ partitionValues }: StagedFile, partitionColumns: readonly string[]): boolean {
  const columns = Object.keys(partitionValues);
  return columns.length === partitionColumns.length && partitionColumns.every((column) => columns.includes(column));
}

/**
 * Whether a manifest's files may hold a column as the log does not have it, which only what they hold can tell, or are partitioned
 * otherwise than the table is by now.
 */
export const isContradicted = (
  { schemaVersion, files }: Manifest,
  { contradicted = [], partitionColumns }: TableRecord,
): boolean =>
  contradicted.some((column) => schemaVersion <= column.schemaVersion) ||
  files.some((file) => !isPartitionedBy(file, partitionColumns));

/** The table's columns as a manifest's files were written, and those among them that the table has otherwise. */
export function writtenFields(
  { schemaVersion }: Manifest,
  { contradicted = [], ...table }: TableRecord,
  { fields }: StructType,
): { written: StructField[]; otherwise: StructField[] } {
  const otherwise: StructField[] = [];
  const written = fields.map((field) => {
    const before = contradicted
      .filter((column) => keyOf(column.name) === keyOf(field.name) && schemaVersion <= column.schemaVersion)
      .sort((left, right) => left.schemaVersion - right.schemaVersion)[0];
    if (before === undefined) return field;
    const asWritten: StructField = { name: before.name, type: before.type, nullable: true, metadata: {} };
    const only = (only: StructField): StructType => ({ type: 'struct', fields: [only] });
    if (conflictingFields(only(asWritten), only(field), wideningIn(table)).length === 0) return field;
    otherwise.push(asWritten);
    return asWritten;
  });
  return { written, otherwise };
}
