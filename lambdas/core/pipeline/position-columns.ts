import type { StructField } from '#delta/schema.ts';
import type { SourceRecord } from './source-record.ts';

/** Columns that say where a row came from: source, partition and position as text. */
export const positionFields: readonly StructField[] = ['_source', '_partition', '_position'].map((name) => ({
  name,
  type: 'string',
  nullable: true,
  metadata: {},
}));

/** The values of `positionFields` for one record. */
export const positionValues = ({ source, partition, position }: SourceRecord): readonly [string, string, string] => [
  source,
  partition,
  position,
];
