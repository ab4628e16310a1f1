import type { Action, AddFile, RemoveFile } from './actions.ts';
import { type Attempt, commitInfoOf, type OperationInfo } from './commit-info.ts';
import { AppendOnlyTable } from './errors.ts';
import type { LogState } from './log-state.ts';
import { properties, propertyOf } from './properties.ts';
import { assertWritable } from './protocol.ts';
import { fileKey } from './snapshot.ts';

/**
 * The tombstone of a live file, with all that later commits need to undo or vacuum it (PROTOCOL.md, "Add File and Remove
 * File"): a deletion vector is part of the file's identity.
 */
export function removeOf(add: AddFile, nowMs: number, dataChange: boolean): RemoveFile {
  const { path, partitionValues, size, tags, deletionVector, baseRowId, defaultRowCommitVersion } = add;
  return {
    path,
    deletionTimestamp: nowMs,
    dataChange,
    extendedFileMetadata: true,
    partitionValues,
    size,
    ...(tags === undefined ? {} : { tags }),
    ...(deletionVector === undefined ? {} : { deletionVector }),
    ...(baseRowId === undefined ? {} : { baseRowId }),
    ...(defaultRowCommitVersion === undefined ? {} : { defaultRowCommitVersion }),
  };
}

export interface RemovePlan extends Attempt {
  state: LogState;
  /** Live files to take out of the table. */
  files: readonly AddFile[];
  /** Commits since `files` were found live: what they removed is gone already. */
  winners?: readonly Action[];
  /** As history shows it, such as `FSCK` or `DELETE`. */
  operation: Pick<OperationInfo, 'operation' | 'operationParameters'> & {
    /** Of the files that this version removes. */
    metricsOf?: (removed: readonly AddFile[]) => Readonly<Record<string, number>>;
  };
}

/**
 * Actions of the version after `state` without `files`, whose rows are gone then. `undefined`: others removed them all.
 *
 * @throws {AppendOnlyTable} for a table with `delta.appendOnly`.
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here.
 */
export function planRemove(plan: RemovePlan): Action[] | undefined {
  const { state, files, winners = [], operation, nowMs } = plan;
  assertWritable(state.protocol, state.metaData);
  assertRemovable(state, operation.operation);
  const gone = new Set(winners.flatMap((action) => ('remove' in action ? [fileKey(action.remove)] : [])));
  const removed = files.filter((file) => !gone.has(fileKey(file)));
  if (removed.length === 0) return undefined;
  const { metricsOf, ...info } = operation;
  return [
    commitInfoOf(
      plan,
      {
        ...info,
        operationMetrics: metricsOf?.(removed) ?? {
          numRemovedFiles: removed.length,
          numRemovedBytes: removed.reduce((sum, { size }) => sum + size, 0),
        },
        isBlindAppend: false,
      },
      state,
    ),
    ...removed.map((file) => ({ remove: removeOf(file, nowMs, true) })),
  ];
}

/** @throws {AppendOnlyTable} where rows must not be taken out of the table. */
export function assertRemovable({ metaData }: Pick<LogState, 'metaData'>, operation: string): void {
  if (propertyOf(metaData, properties.appendOnly)) {
    throw new AppendOnlyTable(
      `${operation}: expected a table that rows may be removed from, got delta.appendOnly=true (table ${metaData.id})`,
    );
  }
}
