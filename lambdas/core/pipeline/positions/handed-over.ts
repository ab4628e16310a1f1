import { columnKeyOf } from '#contract/column-name.ts';
import type { Settings } from '#contract/settings.ts';
import type { LogState } from '#delta/log-state.ts';
import { assertWritable, wideningOf } from '#delta/protocol.ts';
import { type DataType, fieldsOf, parseSchema } from '#delta/schema.ts';
import { addColumns } from '#delta/schema-growth.ts';
import { hasPositionColumns } from '../ingest/ingest-settings.ts';
import { declaredColumns } from '../ingest/table-columns.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { HandoverRefused } from './position-errors.ts';

/** Spark's name for what a column of strings was declared as, in the metadata of its field; Delta's protocol does not know it. */
const limitedText = '__CHAR_VARCHAR_TYPE_STRING';

type TableParts = Pick<Settings, 'environment' | 'tables'>;

/**
 * Whether the pipeline, as its settings have the table, can go on with what its log says; nothing is written before.
 *
 * @throws {UnsupportedProtocol | UnsupportedFeature} where the table cannot be written here.
 * @throws {HandoverRefused} where the settings contradict it.
 */
export function assertCanGoOn(tableName: string, { protocol, metaData }: LogState, settings: TableParts): void {
  assertWritable(protocol, metaData);
  const refuse = (expected: string): never => {
    throw new HandoverRefused(`table ${tableName}: expected ${expected}`);
  };
  const retention = 'delta.setTransactionRetentionDuration';
  if (retention in metaData.configuration) {
    refuse(
      `no ${retention}, since transactions that expire would let rows be committed twice; got ${metaData.configuration[retention]}: unset it first`,
    );
  }
  for (const [path, { metadata }] of fieldsOf(parseSchema(metaData.schemaString))) {
    const text = metadata[limitedText];
    if (text === undefined) continue;
    refuse(
      `no column of CHAR or VARCHAR, whose padding and lengths Spark counts on and this writer does not keep; got ${path.join('.')} ${text}: make it a STRING first`,
    );
  }
  const table = tableSettingsOf(settings, tableName);
  const isPartitionedAlike =
    metaData.partitionColumns.length === table.partitionBy.length &&
    metaData.partitionColumns.every((name, index) => columnKeyOf(name) === columnKeyOf(table.partitionBy[index] ?? ''));
  if (!isPartitionedAlike) {
    refuse(
      `tables.${tableName}.partitionBy to be as the table is, [${metaData.partitionColumns.join(', ')}]; got [${table.partitionBy.join(', ')}]`,
    );
  }
  const growth = addColumns(
    parseSchema(metaData.schemaString),
    declaredColumns(table, hasPositionColumns(settings, tableName)),
    wideningOf({ protocol, metaData }),
  );
  if (growth.kind === 'conflict') {
    const { path, existing, wanted } = growth;
    refuse(`the settings to declare ${path} as the table has it, ${text(existing)}; got ${text(wanted)}`);
  }
}

const text = (type: DataType): string => (typeof type === 'string' ? type : JSON.stringify(type));
