import type { RestoreInvocation } from '#contract/restore.ts';
import { instantMs } from './instant.ts';
import type { RestoreRequest } from './restore-table.ts';

/**
 * What was asked for by hand, read strictly: a restore has to be what its author meant.
 *
 * @throws naming what is amiss.
 */
export function restoreRequest(invocation: RestoreInvocation): RestoreRequest {
  const { tableName, to, dryRun } = invocation;
  const expect = (isSo: boolean, what: string, found: unknown): void => {
    if (!isSo) throw new Error(`expected ${what}, got ${JSON.stringify(found) ?? 'nothing'}`);
  };
  expect(typeof tableName === 'string' && tableName !== '', 'tableName to be the name of a table', tableName);
  expect(typeof dryRun === 'boolean', 'dryRun to be true or false', dryRun);
  const { version, timestamp } = to ?? {};
  expect((version === undefined) !== (timestamp === undefined), 'to: {"version": …} or to: {"timestamp": …}', to);
  if (timestamp === undefined) {
    expect(Number.isSafeInteger(version) && (version as number) >= 0, 'to.version to be a whole number', version);
    return { tableName, to: { version: version as number }, dryRun };
  }
  const timestampMs = typeof timestamp === 'string' ? instantMs(timestamp) : undefined;
  expect(timestampMs !== undefined, 'to.timestamp to be an instant such as 2026-11-21T10:15:00Z', timestamp);
  return { tableName, to: { timestampMs: timestampMs as number }, dryRun };
}
