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

/** The same while a batch is delivered: what the next one waits at most once its window has passed. */
const whileBusyMs = 10;

/** After a source could not be read, or records could not be put aside. */
const afterErrorMs = 1000;

/** What comes next from a lane. */
type Collected<Record> =
  | { kind: 'batch'; entries: Entry<Record>[] }
  /** A record whose event alone passes 6 MB: it reaches no function. */
  | { kind: 'oversized'; entry: Entry<Record> }
  | { kind: 'nothing' };

/**
 * Reads a lane, makes batches and delivers them one after the other, until stopped or the lane has ended. While a batch is
 * delivered the next is collected: its window passes, and it grows until its turn comes.
 */
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
      const collecting = new AbortController();
      const signal = AbortSignal.any([collecting.signal, this.#stopping.signal]);
      let next = this.#collect(signal);
      try {
        for (let now = await next; now.kind !== 'nothing'; now = await next) {
          next = this.#collect(signal);
          next.catch(() => {}); // Awaited, and its failure seen, after the delivery.
          await this.#deliver(now);
        }
        return;
      } catch (error) {
        this.#options.onFailure(error instanceof Error ? (error.stack ?? error.message) : String(error));
        collecting.abort();
        await next.catch(() => {});
        this.#unused = [];
        this.#lane.rewind();
        await this.#wait(afterErrorMs, this.#stopping.signal);
      }
    }
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #collect(signal: AbortSignal): Promise<Collected<Record>> {
    const { batchSize, windowMs } = this.#options;
    const batch = new Batch<Record>(batchSize, this.#lane.envelopeBytes());
    const { entries } = batch;
    let closesAtMs = Number.POSITIVE_INFINITY;
    while (!signal.aborted) {
      const read = this.#unused.length > 0 ? this.#unused : this.#lane.read(batchSize);
      let used = 0;
      while (used < read.length && batch.fits(read[used]!)) batch.add(read[used++]!);
      this.#unused = read.slice(used);
      if (entries.length === 0 && this.#unused.length > 0) return { kind: 'oversized', entry: this.#unused.shift()! };
      if (entries.length > 0 && closesAtMs === Number.POSITIVE_INFINITY) closesAtMs = Date.now() + windowMs;
      const closed = batch.full || this.#unused.length > 0 || (Date.now() >= closesAtMs && !this.busy);
      if (closed) return { kind: 'batch', entries };
      if (this.#lane.ended()) return entries.length > 0 ? { kind: 'batch', entries } : { kind: 'nothing' };
      if (read.length > 0) continue;
      await this.#wait(this.busy ? whileBusyMs : Math.min(pollMs, closesAtMs - Date.now()), signal);
    }
    return { kind: 'nothing' };
  }

  async #deliver(collected: Exclude<Collected<Record>, { kind: 'nothing' }>): Promise<void> {
    if (collected.kind === 'oversized') {
      const { entry } = collected;
      this.#options.onFailure(`a record of ${entry.bytes} bytes does not fit an event of 6 MB: given up`);
      await this.#lane.giveUp([entry], 'MaximumPayloadSizeExceeded', 0);
      this.#lane.acknowledge([entry]);
      return;
    }
    this.busy = true;
    this.counts.batches++;
    try {
      await deliver(collected.entries, this.#options.rules, this.#port);
    } finally {
      this.busy = false;
    }
  }

  async #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    await sleep(Math.max(0, delayMs), undefined, { signal }).catch(() => {});
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
      wait: (delayMs) => this.#wait(delayMs, this.#stopping.signal),
      stopped: () => this.#stopped,
    };
  }
}
