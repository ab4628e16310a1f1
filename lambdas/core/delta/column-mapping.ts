import type { MetaData } from './actions.ts';
import { CorruptLog, UnsupportedFeature } from './errors.ts';
import type { StructField } from './schema.ts';

/** How a table's columns are found in its files, statistics and partition values (PROTOCOL.md, "Column Mapping"). */
export type ColumnMappingMode = 'none' | 'name' | 'id';

const modes: ReadonlySet<string> = new Set(['none', 'name', 'id']);

/** @throws {UnsupportedFeature} for a mode that is unknown here. */
export function columnMappingMode({ configuration }: Pick<MetaData, 'configuration'>): ColumnMappingMode {
  const mode = configuration['delta.columnMapping.mode'] ?? 'none';
  if (!modes.has(mode))
    throw new UnsupportedFeature(`delta.columnMapping.mode: expected none, name or id, got ${mode}`);
  return mode as ColumnMappingMode;
}

/**
 * The name by which files (mode `name`), statistics and partition values (both modes) know a field.
 *
 * @throws {CorruptLog} when a mapped field has none.
 */
export function physicalName({ name, metadata }: StructField, mode: ColumnMappingMode): string {
  if (mode === 'none') return name;
  const physical = metadata['delta.columnMapping.physicalName'];
  if (typeof physical !== 'string') {
    throw new CorruptLog(`${name}: expected delta.columnMapping.physicalName in the field's metadata, got ${physical}`);
  }
  return physical;
}

/**
 * The Parquet field id by which files know a field in mode `id`.
 *
 * @throws {CorruptLog} when the field has none.
 */
export function mappedId({ name, metadata }: StructField): number {
  const id = metadata['delta.columnMapping.id'];
  if (typeof id !== 'number') {
    throw new CorruptLog(`${name}: expected delta.columnMapping.id in the field's metadata, got ${id}`);
  }
  return id;
}
