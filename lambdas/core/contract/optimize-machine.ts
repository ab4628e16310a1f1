import type { MaintenanceRequest } from './maintenance.ts';

/** Where a bin's files are named: bytes of the run's object, `end` exclusive. */
export interface BinPlace {
  start: number;
  end: number;
}

/** What a run of one table is to do: a bin's files are too many for a state machine's hands. */
export interface PlannedRun {
  tableName: string;
  /** Path of the run's object within the table. */
  run: string;
  /** The version whose files were looked at. */
  version: number;
  /** Empty for a dry run. */
  bins: BinPlace[];
}

/** What the optimize machine asks its function, in turn; `merge` for each bin. */
export type OptimizeTask =
  | ({ step: 'plan' } & MaintenanceRequest)
  | ({ step: 'merge'; bin: BinPlace } & Omit<PlannedRun, 'bins'>)
  | { step: 'finish'; tableName: string; run: string; failed: boolean };
