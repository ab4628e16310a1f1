/** A function as it is hosted: what its template says, with everything resolved. */
export interface FunctionSpec {
  /** Physical name. */
  name: string;
  logicalId: string;
  arn: string;
  /** Folder of the unpacked bundle. */
  folder: string;
  /** `<file without extension>.<export>` */
  handler: string;
  memoryMiB: number;
  timeoutMs: number;
  /** Variables of the template, with region, credentials and endpoints. */
  environment: Record<string, string>;
  /** Invocations that may run at a time; more wait. */
  maxProcesses: number;
  /** Waits before an asynchronous invocation that failed is tried again; as many retries as waits. */
  asyncRetryDelaysMs: number[];
}
