import type { InvocationOutcome } from '../functions/invocation.ts';
import type { MappingReport } from '../local-aws.ts';

/** A mapping at work. */
export interface HostedMapping {
  report(): MappingReport;
  /** Reads no more, lets the batch under way end, retries nothing. */
  stop(): Promise<void>;
}

/** What a mapping needs of its host. */
export interface MappingHost {
  region: string;
  /** Folder of the positions that mappings have acknowledged. */
  positionsFolder: string;
  functionArn: string;
  invoke(payload: string): Promise<InvocationOutcome>;
  putObject(bucket: string, key: string, body: string): Promise<void>;
  log(line: string): void;
}
