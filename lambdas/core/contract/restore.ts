/** What the function of restore is asked to do: by a person, of one table. */
export interface RestoreInvocation {
  tableName: string;
  /** The version to go back to, or the instant (ISO 8601): exactly one of them. */
  to: { version?: number; timestamp?: string };
  /** Plans and tells, but changes nothing. */
  dryRun: boolean;
}

/** What the restore machine is started with. `at`: when to restore, as `2026-11-21T10:15:00Z`; absent: now. */
export interface RestoreInput extends RestoreInvocation {
  at?: string;
}

/** The function, its machine, its folder and the CLI's verb. */
export const restoreName = 'restore';
