import type { Action, AddFile } from './actions.ts';
import { type Attempt, commitInfoOf } from './commit-info.ts';
import type { LogState } from './log-state.ts';
import { assertWritable } from './protocol.ts';
import { removeOf } from './remove-files.ts';
import { fileKey } from './snapshot.ts';
import type { Operation } from './transact.ts';

/** Files that others replace with the same rows. */
export interface Rewritten {
  /** Live files, deletion vectors included. */
  inputs: readonly AddFile[];
  /** Their rows, in files of the same partitions. */
  outputs: readonly AddFile[];
}

export interface OptimizePlan extends Attempt, Rewritten {
  state: LogState;
  /** Texts, as history shows them. */
  predicate?: readonly string[];
  zOrderBy?: readonly string[];
}

/**
 * Actions of the version after `state` in which `outputs` stand for `inputs`; no row changes.
 *
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here.
 */
export function planOptimize(plan: OptimizePlan): Action[] {
  const { state, inputs, outputs, predicate = [], zOrderBy = [], nowMs } = plan;
  assertWritable(state.protocol, state.metaData);
  return [
    commitInfoOf(
      plan,
      {
        operation: 'OPTIMIZE',
        operationParameters: {
          predicate: JSON.stringify(predicate),
          zOrderBy: JSON.stringify(zOrderBy),
          clusterBy: JSON.stringify([]),
          auto: false,
        },
        operationMetrics: metricsOf(plan),
        isolationLevel: 'SnapshotIsolation',
        isBlindAppend: false,
      },
      state,
    ),
    ...inputs.map((file) => ({ remove: removeOf(file, nowMs, false) })),
    ...outputs.map((file) => ({ add: { ...file, dataChange: false } })),
  ];
}

/** To commit what was rewritten: it stands as long as every input is live. */
export const optimizeOperation = (rewritten: Rewritten & Pick<OptimizePlan, 'predicate' | 'zOrderBy'>): Operation => ({
  plan: (state, attempt) => planOptimize({ ...attempt, ...rewritten, state }),
  reads: { kind: 'files', predicate: undefined, paths: new Set(rewritten.inputs.map(fileKey)) },
});

function metricsOf({ inputs, outputs }: Rewritten): Record<string, number> {
  const bytes = (files: readonly AddFile[]) => files.reduce((sum, { size }) => sum + size, 0);
  const sizes = outputs.map(({ size }) => size).sort((left, right) => left - right);
  const quantile = (part: number) => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * part))] ?? 0;
  return {
    numRemovedFiles: inputs.length,
    numAddedFiles: outputs.length,
    numRemovedBytes: bytes(inputs),
    numAddedBytes: bytes(outputs),
    numDeletionVectorsRemoved: inputs.filter(({ deletionVector }) => deletionVector !== undefined).length,
    minFileSize: quantile(0),
    p25FileSize: quantile(0.25),
    p50FileSize: quantile(0.5),
    p75FileSize: quantile(0.75),
    maxFileSize: quantile(1),
  };
}
