import type { InvocationOutcome } from '../functions/invocation.ts';
import type { Entry, Verdict } from './entry.ts';
import type { DeliveryRules } from './mapping-spec.ts';

/** Why records were given up, as the failure destination names it. */
export type Condition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

/** What delivering a batch needs of the world. */
export interface DeliveryPort<Record> {
  invoke(entries: Entry<Record>[]): Promise<InvocationOutcome>;
  verdict(entries: Entry<Record>[], payload: string): Verdict<Record>;
  /** The records are dealt with: they are never read again. */
  acknowledge(entries: Entry<Record>[]): void;
  /** The records are given up; awaited before they are acknowledged. */
  giveUp(entries: Entry<Record>[], condition: Condition, invocations: number): Promise<void>;
  onFailure(reason: string): void;
  nowMs(): number;
  /** Waits, less when `stopped` becomes true. */
  wait(delayMs: number): Promise<void>;
  stopped(): boolean;
}

interface Share<Record> {
  entries: Entry<Record>[];
  failures: number;
}

const firstBackoffMs = 100;
const maxBackoffMs = 5_000;

/**
 * Brings one batch to its function until every record is acknowledged or given up, in order: a function error halves
 * the batch where the mapping bisects, a partial answer leaves its remainder, both without end unless the rules set one.
 * Returns early, with records unacknowledged, only when stopped.
 */
export async function deliver<Record>(
  batch: Entry<Record>[],
  rules: DeliveryRules,
  port: DeliveryPort<Record>,
): Promise<void> {
  const shares: Share<Record>[] = [{ entries: batch, failures: 0 }];
  while (shares.length > 0 && !port.stopped()) {
    const share = shares.shift()!;
    const young = await giveUpOld(share, rules, port);
    if (young.length === 0) continue;
    const outcome = await port.invoke(young);
    if (outcome.kind === 'succeeded') {
      const verdict = rules.reportItemFailures ? port.verdict(young, outcome.payload) : { kind: 'done' as const };
      if (verdict.kind === 'done') {
        port.acknowledge(young);
        continue;
      }
      const left = new Set(verdict.remaining);
      const done = young.filter((entry) => !left.has(entry));
      if (done.length > 0) port.acknowledge(done);
      const failures = done.length > 0 ? 1 : share.failures + 1;
      port.onFailure(`${verdict.remaining.length} of ${young.length} records reported as failed`);
      await tryAgain({ entries: verdict.remaining, failures }, shares, rules, port);
      continue;
    }
    port.onFailure(`${outcome.error.errorType}: ${outcome.error.errorMessage}`);
    if (rules.bisectOnError && young.length > 1) {
      const middle = Math.ceil(young.length / 2);
      shares.unshift(
        { entries: young.slice(0, middle), failures: share.failures },
        { entries: young.slice(middle), failures: share.failures },
      );
      await port.wait(firstBackoffMs);
    } else await tryAgain({ entries: young, failures: share.failures + 1 }, shares, rules, port);
  }
}

async function tryAgain<Record>(
  share: Share<Record>,
  shares: Share<Record>[],
  { maxRetryAttempts }: DeliveryRules,
  port: DeliveryPort<Record>,
): Promise<void> {
  if (maxRetryAttempts >= 0 && share.failures > maxRetryAttempts) {
    await port.giveUp(share.entries, 'RetryAttemptsExhausted', share.failures);
    port.acknowledge(share.entries);
    return;
  }
  shares.unshift(share);
  await port.wait(Math.min(maxBackoffMs, firstBackoffMs * 2 ** (share.failures - 1)));
}

async function giveUpOld<Record>(
  { entries, failures }: Share<Record>,
  { maxRecordAgeMs }: DeliveryRules,
  port: DeliveryPort<Record>,
): Promise<Entry<Record>[]> {
  if (maxRecordAgeMs < 0) return entries;
  const oldestMs = port.nowMs() - maxRecordAgeMs;
  const firstYoung = entries.findIndex(({ arrivedAtMs }) => arrivedAtMs >= oldestMs);
  const old = firstYoung < 0 ? entries : entries.slice(0, firstYoung);
  if (old.length > 0) {
    await port.giveUp(old, 'RecordAgeExceeded', failures);
    port.acknowledge(old);
  }
  return entries.slice(old.length);
}
