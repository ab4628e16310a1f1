import type { Action, AddFile, MetaData, Protocol } from '#delta/actions.ts';
import { properties, validPropertyOf } from '#delta/properties.ts';
import type { StructField } from '#delta/schema.ts';
import { statisticsFields } from '#delta/statistics-schema.ts';
import { checkpointColumns } from './checkpoint-schema.ts';
import { type StatisticsReader, statisticsReader } from './statistics-values.ts';

/** In which forms a table's checkpoint holds what is said of its files (`delta.checkpoint.writeStatsAs…`). */
export interface CheckpointForm {
  /** Columns, the kinds of V2 checkpoints among them where it is one. */
  columns: readonly StructField[];
  /** Statistics as values, where they are there as a struct. */
  statistics: StatisticsReader | undefined;
  /** An action as whoever reads it back gets it, but for how its statistics are spelled. */
  readBack(action: Action): Action;
}

export function checkpointForm(metaData: MetaData, protocol: Protocol, isV2: boolean): CheckpointForm {
  const hasText = validPropertyOf(metaData, properties.writeStatsAsJson);
  const asStruct = validPropertyOf(metaData, properties.writeStatsAsStruct);
  const fields = asStruct === true ? statisticsFields(metaData, protocol) : undefined;
  const statistics = fields && statisticsReader(fields);
  return {
    columns: checkpointColumns(metaData, { isV2, hasText, statistics: fields, hasStructs: asStruct }),
    statistics,
    readBack: (action) => (hasText || !('add' in action) ? action : { add: respelled(action.add, statistics) }),
  };
}

/** Statistics that are written as values alone have no spelling of their own. */
function respelled({ stats, ...add }: AddFile, statistics: StatisticsReader | undefined): AddFile {
  const values = statistics?.(stats) ?? null;
  return values === null ? add : { ...add, stats: spelled(values) };
}

export const spelled = (values: unknown): string =>
  JSON.stringify(values, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });
