/** Files of one table that repairs found missing lately, though nothing explains it. */
export interface RepairTally {
  /** Moves with every change; 0: there is none yet. */
  revision: number;
  /** Those that repairs took out of the log, oldest first. */
  removed: CountedFiles[];
  /** Those that repairs refused to take out, since they were too many: missing still, as far as is known. */
  refused: CountedFiles[];
}

export interface CountedFiles {
  atMs: number;
  files: number;
}

export const noTally: RepairTally = { revision: 0, removed: [], refused: [] };

/** Counts closer than this part of the window become one: a tally stays small. */
const parts = 24;

/** A count with `files` more now, and without what is older than the window. */
export function countedNow(
  counts: readonly CountedFiles[],
  files: number,
  nowMs: number,
  windowMs: number,
): CountedFiles[] {
  const young = counts.filter(({ atMs }) => atMs > nowMs - windowMs);
  if (files === 0) return young;
  const last = young.at(-1);
  if (last === undefined || last.atMs <= nowMs - windowMs / parts) return [...young, { atMs: nowMs, files }];
  return [...young.slice(0, -1), { ...last, files: last.files + files }];
}

/** Files of a count that are within the window. */
export const filesWithin = (counts: readonly CountedFiles[], nowMs: number, windowMs: number): number =>
  counts.reduce((sum, { atMs, files }) => (atMs > nowMs - windowMs ? sum + files : sum), 0);
