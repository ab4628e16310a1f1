/** A pipe from a table's stream to a state machine. */
export interface PipeSpec {
  /** Stable from one run to the next: its position is kept under it. */
  id: string;
  name: string;
  enabled: boolean;
  tableName: string;
  streamArn: string;
  machineArn: string;
  /** Event patterns; a record passes when any matches, or when there is none. */
  patterns: unknown[];
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  batchSize: number;
  windowMs: number;
  maxRetryAttempts: number;
  maxRecordAgeMs: number;
  inputTemplate?: string;
  /** `REQUEST_RESPONSE`: the next batch waits for the execution's end. */
  waitsForEnd: boolean;
}
