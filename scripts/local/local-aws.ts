import type { Endpoints } from './endpoints.ts';

/** Ports on 127.0.0.1; 0 asks for any free one. */
export interface Ports {
  s3: number;
  dynamodb: number;
  kinesis: number;
  kafka: number;
  sqs: number;
  /** Lambda, Step Functions, `/metrics` and `/health`. */
  control: number;
}

export const defaultPorts: Ports = {
  s3: 19_000,
  dynamodb: 19_001,
  kinesis: 19_002,
  control: 19_003,
  sqs: 19_004,
  kafka: 19_092,
};

export interface LocalAwsOptions {
  /** The environment whose settings (`config/<environment>.yaml`) are synthesised; `local` as a rule. */
  environment: string;
  /** Everything that lasts lies here: `.local` as a rule. */
  dataFolder: string;
  ports?: Partial<Ports>;
  /** A cloud assembly made before (a `cdk.out` folder); without it the app is synthesised. */
  assemblyFolder?: string;
  /** Called with one line for each thing worth telling a person. */
  log?: (line: string) => void;
  /** The time that stamps objects and by which they expire; this machine's own without it. */
  nowMs?: () => number;
  /** Called with every metric value that a function publishes. */
  onMetric?: (sample: MetricSample) => void;
}

export interface FunctionReport {
  /** Physical name, as `killProcess` takes it. */
  name: string;
  /** The template's logical id, such as `IngestTickers…`. */
  logicalId: string;
  /** The source that an ingest function reads. */
  source?: string;
  processes: number;
  running: number;
  invocations: number;
  /** Function errors of every kind: thrown, timed out, process ended. */
  errors: number;
  timeouts: number;
  /** Processes ended by `killProcess`, and how many of them were running an invocation. */
  kills: number;
  killsWhileRunning: number;
  /** What it prints. */
  logFile: string;
  /** The error that it logged last, in a line. */
  lastError?: string;
}

export interface MappingReport {
  functionName: string;
  kind: 'kinesis' | 'kafka' | 'sqs';
  /** Stream, topic or queue. */
  origin: string;
  /** Records that wait between the last acknowledged position and the end of the source; messages that a queue holds. */
  lag: number;
  /** An invocation is under way or being retried. */
  busy: boolean;
  /** Records acknowledged since start. */
  records: number;
  batches: number;
  failures: number;
}

export interface MachineReport {
  arn: string;
  running: number;
  started: number;
  succeeded: number;
  failed: number;
}

export interface KillReport {
  /** Whether there was a process to kill. */
  killed: boolean;
  /** Whether it was running an invocation. */
  running: boolean;
}

/** One value that a function published in embedded metric format. */
export interface MetricSample {
  name: string;
  dimensions: Record<string, string>;
  value: number;
  timestampMs: number;
}

export interface MetricReading {
  name: string;
  dimensions: Record<string, string>;
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
}

/** A small AWS that runs what the templates of one environment describe. */
export interface LocalAws {
  endpoints: Endpoints;
  functions(): FunctionReport[];
  mappings(): Promise<MappingReport[]>;
  machines(): MachineReport[];
  /** What functions published in embedded metric format since start. */
  metrics(): MetricReading[];
  /** Deletes what lifecycle rules let expire, which else happens each hour; answers how many objects. */
  expireObjects(): Promise<number>;
  /** SIGKILL to a process of the function, one that runs an invocation if there is any. */
  killProcess(functionName: string): KillReport;
  /** Takes no new work, lets running invocations end (10 s at most), kills the rest, closes every port. */
  close(): Promise<void>;
}
