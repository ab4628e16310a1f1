import type { Action } from './actions.ts';
import { type Attempt, commitInfoOf } from './commit-info.ts';
import { InvalidProperty } from './errors.ts';
import type { LogState } from './log-state.ts';
import { assertValidProperties, properties, propertyOf } from './properties.ts';
import { assertWritable, supportsTypeWidening } from './protocol.ts';
import { type DataType, parseSchema } from './schema.ts';
import type { Operation } from './transact.ts';

/** Properties to set, by key; `null` unsets one. */
export type PropertyChanges = Readonly<Record<string, string | null>>;

export interface SetPropertiesPlan extends Attempt {
  state: LogState;
  changes: PropertyChanges;
}

/** Why a property is not for this to change, by key. */
const refused: readonly [pattern: RegExp, because: string][] = [
  [
    /^delta\.setTransactionRetentionDuration$/,
    'transactions that expire would let rows be committed twice; unset it where it is set',
  ],
  [/^delta\.(columnMapping\.|constraints\.|rowTracking\.|coordinatedCommits)/, 'it needs more than a property'],
  [/^delta\.(minReaderVersion|minWriterVersion|feature\.)/, 'protocols are not changed here'],
  [
    /^delta\.enable(RowTracking|IcebergCompatV\d+|DeletionVectors|ChangeDataFeed|InCommitTimestamps)$/,
    'it needs a feature of the protocol, and protocols are not changed here',
  ],
];

/**
 * Actions of the version after `state` with other table properties. `undefined`: they are so already.
 *
 * @throws {InvalidProperty} for a value that a known property cannot have, or a property that must not be changed here.
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here.
 */
export function planSetProperties(plan: SetPropertiesPlan): Action[] | undefined {
  const { state, changes } = plan;
  assertWritable(state.protocol, state.metaData);
  for (const [key, value] of Object.entries(changes)) assertSettable(key, value, state);
  const present = state.metaData.configuration;
  const changed = Object.entries(changes).filter(([key, value]) => (present[key] ?? null) !== value);
  if (changed.length === 0) return undefined;

  const { set, unset } = partsOf(changed);
  const kept = Object.entries(present).filter(([key]) => !unset.includes(key));
  const configuration = { ...Object.fromEntries(kept), ...set };
  const isUnset = Object.keys(set).length === 0;
  return [
    commitInfoOf(
      plan,
      {
        operation: isUnset ? 'UNSET TBLPROPERTIES' : 'SET TBLPROPERTIES',
        operationParameters: isUnset
          ? { properties: JSON.stringify(unset), ifExists: true }
          : { properties: JSON.stringify({ ...set, ...Object.fromEntries(unset.map((key) => [key, null])) }) },
        isBlindAppend: false,
      },
      state,
    ),
    { metaData: { ...state.metaData, configuration } },
  ];
}

/** To commit changes of properties: they are planned afresh over whatever others committed, and conflict with other metaData. */
export const setPropertiesOperation = (changes: PropertyChanges): Operation => ({
  plan: (state, attempt) => planSetProperties({ ...attempt, state, changes }),
  reads: { kind: 'nothing' },
});

function assertSettable(key: string, value: string | null, { protocol, metaData }: LogState): void {
  const because = refused.find(([pattern]) => pattern.test(key))?.[1];
  const isTransactions = key === 'delta.setTransactionRetentionDuration';
  if (because !== undefined && !(isTransactions && value === null)) {
    throw new InvalidProperty(`${key}: expected a property that can be changed here; ${because}`);
  }
  if (value === null) return;
  const configuration = { [key]: value };
  assertValidProperties(configuration);
  const isV2 = propertyOf({ configuration }, properties.checkpointPolicy) === 'v2';
  if (isV2 && !namesV2Checkpoints(protocol.readerFeatures)) {
    throw new InvalidProperty(`${key}: expected a table whose protocol names v2Checkpoint, got ${value}`);
  }
  const isWidening = propertyOf({ configuration }, properties.enableTypeWidening);
  if (isWidening && !supportsTypeWidening(protocol)) {
    throw new InvalidProperty(`${key}: expected a table whose protocol names typeWidening, got ${value}`);
  }
  const schema = parseSchema(metaData.schemaString);
  const unknown = propertyOf({ configuration }, properties.statsColumns)?.find(
    (path) => !mayHaveStatistics(schema, path),
  );
  if (unknown !== undefined) {
    throw new InvalidProperty(
      `${key}: expected columns of the table, or members of its structs, got ${unknown.join('.')}`,
    );
  }
}

/** Lists and maps have no bounds to skip by, as in Spark. */
function mayHaveStatistics(type: DataType, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return typeof type === 'string' || type.type === 'struct';
  if (typeof type === 'string' || type.type !== 'struct') return false;
  const field = type.fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  return field !== undefined && mayHaveStatistics(field.type, rest);
}

const namesV2Checkpoints = (features: readonly string[] = []): boolean => features.includes('v2Checkpoint');

function partsOf(changed: readonly [string, string | null][]): { set: Record<string, string>; unset: string[] } {
  const set = changed.filter((change): change is [string, string] => change[1] !== null);
  return { set: Object.fromEntries(set), unset: changed.flatMap(([key, value]) => (value === null ? [key] : [])) };
}
