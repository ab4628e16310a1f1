import type { Action, AddFile, MetaData, Txn } from './actions.ts';
import { type Attempt, commitInfoOf } from './commit-info.ts';
import { UnsupportedFeature } from './errors.ts';
import type { LogState } from './log-state.ts';
import { assertValidProperties } from './properties.ts';
import { assertWritable, protocolFor } from './protocol.ts';
import { type StructType, serializeSchema } from './schema.ts';

interface Appended {
  files: readonly AddFile[];
  txns: readonly Txn[];
}

export interface CreatePlan extends Attempt, Appended {
  /** `metaData.id`. */
  id: string;
  name?: string;
  description?: string;
  schema: StructType;
  partitionColumns: readonly string[];
  configuration: Readonly<Record<string, string>>;
  /** More of `operationParameters`. */
  parameters?: Readonly<Record<string, string>>;
}

export interface AppendPlan extends Attempt, Appended {
  state: LogState;
  /** The whole schema after growth; absent: it stays as it is. */
  schema?: StructType;
  /** More of `operationParameters`: what history says of the growth. */
  parameters?: Readonly<Record<string, string>>;
}

/**
 * Actions of version 0 of a new table.
 *
 * @throws {UnsupportedFeature} when columns or properties ask for what is not written here.
 * @throws {InvalidProperty} when a known property has a value that it cannot have.
 */
export function planCreate(plan: CreatePlan): Action[] {
  const { id, name, description, schema, partitionColumns, configuration, nowMs } = plan;
  const metaData: MetaData = {
    id,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    format: { provider: 'parquet', options: {} },
    schemaString: serializeSchema(schema),
    partitionColumns: [...partitionColumns],
    configuration: { ...configuration },
    createdTime: nowMs,
  };
  assertValidProperties(configuration);
  const protocol = protocolFor(schema, configuration);
  assertWritable(protocol, metaData);
  const info = commitInfoOf(plan, {
    operation: 'CREATE TABLE',
    operationParameters: {
      isManaged: 'false',
      description: description ?? null,
      partitionBy: JSON.stringify(partitionColumns),
      properties: JSON.stringify(configuration),
      ...plan.parameters,
    },
    isBlindAppend: true,
  });
  return [info, { protocol }, { metaData }, ...appended(plan)];
}

/**
 * Actions of the version after `state`: a blind append.
 *
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here, or its new columns cannot.
 */
export function planAppend(plan: AppendPlan): Action[] {
  const { state, schema, files } = plan;
  const metaData = schema === undefined ? state.metaData : { ...state.metaData, schemaString: serializeSchema(schema) };
  assertWritable(state.protocol, metaData);
  if (schema !== undefined) assertAllowedTypes(state, schema);
  const operation = {
    operation: 'STREAMING UPDATE',
    operationParameters: {
      outputMode: 'Append',
      queryId: state.metaData.id,
      epochId: String(state.version + 1),
      ...plan.parameters,
    },
    operationMetrics: {
      numRemovedFiles: 0,
      numAddedFiles: files.length,
      numOutputBytes: files.reduce((sum, { size }) => sum + size, 0),
    },
    isBlindAppend: true,
  };
  const info = commitInfoOf(plan, operation, state);
  return [info, ...(schema === undefined ? [] : [{ metaData }]), ...appended(plan)];
}

/** A column type that needs a feature is for tables that were created with it: protocols are not upgraded here. */
function assertAllowedTypes({ protocol }: LogState, schema: StructType): void {
  const wanted = protocolFor(schema, {}).readerFeatures ?? [];
  const missing = wanted.filter((feature) => !(protocol.readerFeatures ?? []).includes(feature));
  if (missing.length > 0) {
    throw new UnsupportedFeature(`new columns need ${missing.join(', ')}: expected a table whose protocol names it`);
  }
}

const appended = ({ files, txns }: Appended): Action[] => [
  ...txns.map((txn) => ({ txn })),
  ...files.map((add) => ({ add })),
];
