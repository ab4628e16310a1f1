import type { TableSettings } from '#contract/table-settings.ts';
import type { Manifest } from '../ledger/manifest.ts';

export type RipenessSettings = Pick<TableSettings, 'latencyMs' | 'minFileBytes' | 'maxRowsPerFile'>;

/** What is due within as long is committed at once: state machines wait whole seconds. */
const graceMs = 1_000;

export interface Staged {
  bytes: number;
  rows: number;
  /** Absent when nothing is staged. */
  oldestArrivalMs?: number;
}

/** Arrival is no later than staging, whatever clock a producer goes by. */
export function stagedIn(manifests: readonly Manifest[]): Staged {
  const staged: Staged = { bytes: 0, rows: 0 };
  for (const { files, oldestArrivalMs, stagedMs } of manifests) {
    for (const { sizeBytes, rows } of files) {
      staged.bytes += sizeBytes;
      staged.rows += rows;
    }
    staged.oldestArrivalMs = Math.min(staged.oldestArrivalMs ?? stagedMs, oldestArrivalMs, stagedMs);
  }
  return staged;
}

/** When what is staged should be committed at the latest, in epoch milliseconds; absent when nothing is staged. */
export function dueAtMs({ bytes, rows, oldestArrivalMs }: Staged, settings: RipenessSettings): number | undefined {
  if (oldestArrivalMs === undefined) return undefined;
  const isLarge = bytes >= settings.minFileBytes || rows >= settings.maxRowsPerFile;
  return isLarge ? oldestArrivalMs : oldestArrivalMs + settings.latencyMs;
}

export const isRipe = (dueMs: number, nowMs: number): boolean => dueMs < nowMs + graceMs;
