/** What a test of a capability did: `npm run capabilities` counts only rows whose tests did both. */
export interface CapabilityEvidence {
  /** Records pushed through a source. */
  pushed: number;
  /** Rows read back from tables, in canonical form. */
  read: number;
}

let done: CapabilityEvidence = { pushed: 0, read: 0 };

export function pushedRecords(count: number): void {
  done.pushed += count;
}

export function readRows(count: number): void {
  done.read += count;
}

/** What was done since it was taken the last time. */
export function takeEvidence(): CapabilityEvidence {
  const taken = done;
  done = { pushed: 0, read: 0 };
  return taken;
}
