import type { Attempt } from './commit-info.ts';
import type { LogState } from './log-state.ts';
import type { ObjectStore } from './object-store.ts';
import { properties, validPropertyOf } from './properties.ts';
import { commitTimeMs } from './time-travel.ts';

/**
 * When the commit after `state` says that it was made: after the one before it, whatever the clocks say (PROTOCOL.md, "Writer
 * Requirements for In-Commit Timestamps"). Nothing, and nothing is read, on tables that do not ask for it.
 *
 * @throws {CorruptLog} when the commit before does not say its own.
 */
export async function nextCommitTime(
  state: LogState,
  store: ObjectStore,
  nowMs: number,
): Promise<Pick<Attempt, 'inCommitTimestampMs'>> {
  if (!validPropertyOf(state.metaData, properties.enableInCommitTimestamps)) return {};
  return { inCommitTimestampMs: Math.max(nowMs, (await commitTimeMs(store, state)) + 1) };
}
