/** What a maintenance machine asks the function of its noun to do, one table at a time. */
export interface MaintenanceRequest {
  tableId: string;
  tableName: string;
  /** Plans and tells, but changes nothing. */
  dryRun: boolean;
}

/** As the function of vacuum is asked: what sorts after the path `after`, empty for all. It may answer `continueAfter`, to go on with. */
export interface VacuumInvocation extends MaintenanceRequest {
  after: string;
}

/** What a maintenance machine is started with. */
export interface MaintenanceInput {
  dryRun: boolean;
}

/** What tables are looked after by, on schedules of their own; each is a key of `maintenance` in the settings. */
export const maintenanceNouns = ['optimize', 'vacuum', 'logCleanup', 'repair'] as const;
export type MaintenanceNoun = (typeof maintenanceNouns)[number];

/** As names of resources, folders and verbs have it: `clean-log` for `logCleanup`. */
export const maintenanceName: Record<MaintenanceNoun, string> = {
  optimize: 'optimize',
  vacuum: 'vacuum',
  logCleanup: 'clean-log',
  repair: 'repair',
};
