import { setTimeout as sleep } from 'node:timers/promises';
import type { InvocationOutcome } from '../functions/invocation.ts';
import { Batch } from './batch.ts';
import { type Condition, type DeliveryPort, deliver } from './delivery.ts';
import type { Entry, Verdict } from './entry.ts';
import type { DeliveryRules } from './mapping-spec.ts';

/** One line of records that reaches a function one batch at a time: a shard, or some partitions of a topic. */
export interface Lane<Record> {
  /** The next records not read yet, at most `limit`; none when there are none now. */
  read(limit: number): Entry<Record>[];
  /** Nothing will ever come again. */
  ended(): boolean;
  /** Bytes of an event around its records. */
  envelopeBytes(): number;
  event(entries: Entry<Record>[]): string;
  verdict(entries: Entry<Record>[], payload: string): Verdict<Record>;
  acknowledge(entries: Entry<Record>[]): void;
  giveUp(entries: Entry<Record>[], condition: Condition, invocations: number): Promise<void>;
  /** Reading goes on behind the last acknowledged record. */
  rewind(): void;
}

export interface PollerOptions {
  batchSize: number;
  windowMs: number;
  rules: DeliveryRules;
  invoke: (payload: string) => Promise<InvocationOutcome>;
  onFailure: (reason: string) => void;
}

export interface PollerCounts {
  records: number;
  batches: number;
  failures: number;
}

/** How often an empty source is looked at: what a record waits at most before its window begins. */
const pollMs = 40;

/** After a source could not be read, or records could not be put aside. */
const afterErrorMs = 1000;

/** Reads a lane, makes batches and delivers them, until stopped or the lane has ended. */
export class Poller<Record> {
  readonly counts: PollerCounts = { records: 0, batches: 0, failures: 0 };
  /** A batch is with the function or waits to be tried again. */
  busy = false;
  readonly #lane: Lane<Record>;
  readonly #options: PollerOptions;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #unused: Entry<Record>[] = [];

  constructor(lane: Lane<Record>, options: PollerOptions) {
    this.#lane = lane;
    this.#options = options;
    this.#done = this.#run();
  }

  /** Settles when the lane has ended and everything is acknowledged, or the poller has stopped. */
  get done(): Promise<void> {
    return this.#done;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const batch = await this.#collect();
        if (batch.length === 0) return;
        this.busy = true;
        this.counts.batches++;
        await deliver(batch, this.#options.rules, this.#port);
      } catch (error) {
        this.#options.onFailure(error instanceof Error ? (error.stack ?? error.message) : String(error));
        this.#unused = [];
        this.#lane.rewind();
        await this.#wait(afterErrorMs);
      } finally {
        this.busy = false;
      }
    }
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** The next batch; empty when the lane has ended or the poller is stopped. */
  async #collect(): Promise<Entry<Record>[]> {
    const { batchSize, windowMs } = this.#options;
    const batch = new Batch<Record>(batchSize, this.#lane.envelopeBytes());
    let closesAtMs = Number.POSITIVE_INFINITY;
    while (!this.#stopped) {
      if (this.#unused.length === 0) this.#unused = this.#lane.read(batchSize);
      let next = 0;
      while (next < this.#unused.length && batch.fits(this.#unused[next]!)) batch.add(this.#unused[next++]!);
      const hadRecords = this.#unused.length > 0;
      this.#unused = this.#unused.slice(next);
      if (batch.entries.length === 0 && this.#unused.length > 0) {
        await this.#giveUpOversized();
        continue;
      }
      if (batch.entries.length > 0 && closesAtMs === Number.POSITIVE_INFINITY) closesAtMs = Date.now() + windowMs;
      if (batch.full || this.#unused.length > 0 || Date.now() >= closesAtMs) return batch.entries;
      if (this.#lane.ended()) return batch.entries;
      if (!hadRecords) await this.#wait(Math.min(pollMs, closesAtMs - Date.now()));
    }
    return [];
  }

  /** A record whose event alone passes 6 MB reaches no function. */
  async #giveUpOversized(): Promise<void> {
    const oversized = [this.#unused.shift()!];
    this.#options.onFailure(`a record of ${oversized[0]!.bytes} bytes does not fit an event of 6 MB: given up`);
    await this.#lane.giveUp(oversized, 'MaximumPayloadSizeExceeded', 0);
    this.#lane.acknowledge(oversized);
  }

  async #wait(delayMs: number): Promise<void> {
    await sleep(Math.max(0, delayMs), undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  get #port(): DeliveryPort<Record> {
    return {
      invoke: (entries) => this.#options.invoke(this.#lane.event(entries)),
      verdict: (entries, payload) => this.#lane.verdict(entries, payload),
      acknowledge: (entries) => {
        this.counts.records += entries.length;
        this.#lane.acknowledge(entries);
      },
      giveUp: (entries, condition, invocations) => this.#lane.giveUp(entries, condition, invocations),
      onFailure: (reason) => {
        this.counts.failures++;
        this.#options.onFailure(reason);
      },
      nowMs: () => Date.now(),
      wait: (delayMs) => this.#wait(delayMs),
      stopped: () => this.#stopped,
    };
  }
}
