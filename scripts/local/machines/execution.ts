/** An execution as DescribeExecution shows it. */
export interface Execution {
  arn: string;
  machineArn: string;
  name: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  startedMs: number;
  stoppedMs?: number;
  input: string;
  output?: string;
  error?: string;
  cause?: string;
}
