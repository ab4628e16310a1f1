import type { Sample } from '../samples/sample.ts';

/** Sends samples to one source. */
export interface Producer {
  /** How much goes well into one `send`. */
  limits: { records: number; bytes: number };
  /**
   * Sends in order and returns when all are acknowledged. An exception leaves open which of them arrived: only the source
   * tells.
   */
  send(samples: readonly Sample[]): Promise<void>;
  close(): Promise<void>;
}
