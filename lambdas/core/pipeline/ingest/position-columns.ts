import type { StructField } from '#delta/schema.ts';
import type { SourceRecord } from './source-record.ts';

/** Columns that say where a row came from, and their texts for one record. */
export const positionTexts: readonly { name: string; textOf: (record: SourceRecord) => string }[] = [
  { name: '_source', textOf: ({ source }) => source },
  { name: '_partition', textOf: ({ partition }) => partition },
  { name: '_position', textOf: ({ position }) => position },
];

export const positionFields: readonly StructField[] = positionTexts.map(({ name }) => ({
  name,
  type: 'string',
  nullable: true,
  metadata: {},
}));

/** The values of `positionFields` for one record. */
export const positionValues = (record: SourceRecord): readonly string[] =>
  positionTexts.map(({ textOf }) => textOf(record));
