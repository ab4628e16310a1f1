export interface ScheduleSpec {
  name: string;
  periodMs: number;
  enabled: boolean;
  /** A function or a state machine. */
  targetArn: string;
  /** JSON text. */
  input: string;
}
