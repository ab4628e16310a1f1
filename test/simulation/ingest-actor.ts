import { loadLogState } from '#delta/log-state.ts';
import { lakeTableOf } from '#pipeline/ingest/agree-table.ts';
import { batchIngest, type IngestBatch } from '#pipeline/ingest/ingest-batch.ts';
import { ingestSettingsOf } from '#pipeline/ingest/ingest-settings.ts';
import { sourcePartitionOf } from '#pipeline/ingest/source-record.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import { comparePositions } from '#pipeline/ledger/position.ts';
import { codec } from './codec.ts';
import { FaultyPorts } from './faulty-ports.ts';
import { withoutGuardOfIngest } from './missing-guards.ts';
import type { SimulatedProcess } from './scheduler.ts';
import { type Line, type SimulatedRecord, wholeFrom, wholeTo } from './sources.ts';
import type { World } from './world.ts';

interface Invocation {
  process: SimulatedProcess;
  records: readonly SimulatedRecord[];
  /** Source partitions whose cursors it has still to read. */
  unread: Set<string>;
  ended: boolean;
  /** As one that died. */
  isCounted: boolean;
}

interface Instance {
  process: SimulatedProcess;
  ingest: IngestBatch;
  /** The one that it has been at last. */
  invocation?: Invocation;
}

/** An event source mapping's poller: one invocation at a time, of which it may lose patience and start another. */
export class IngestActor {
  readonly #world: World;
  readonly #source: string;
  readonly #lines: () => Line[];
  #waitingFor: Invocation | undefined;
  /** Invocations that the mapping does not wait for any more. */
  readonly #abandoned = new Set<Invocation>();
  #warm: Instance | undefined;

  constructor(world: World, source: string, lines: () => Line[]) {
    this.#world = world;
    this.#source = source;
    this.#lines = lines;
  }

  /** Delivers a batch where there is one to deliver and nothing to wait for. */
  act(): void {
    const { random, scheduler } = this.#world;
    const waiting = this.#waitingFor;
    if (waiting?.process.alive && !waiting.ended) {
      const impatient = scheduler.faults.crash > 0 && random.chance(0.01);
      if (!impatient) return;
      scheduler.note(`the mapping gives up waiting for ${waiting.process.name}`);
      this.#warm = undefined;
      this.#abandoned.add(waiting);
    }
    if (waiting !== undefined && !waiting.ended) this.#countDeath(waiting);
    this.#waitingFor = undefined;
    const batch = this.#lines()
      .filter((line) => line.acknowledged < line.records.length)
      .map((line) => {
        const from = line.acknowledged;
        const to = wholeTo(line, random.between(from + 1, line.records.length));
        return { line, records: line.records.slice(from, to) };
      });
    if (batch.length === 0) return;
    const instance = this.#instance();
    const { process, ingest } = instance;
    const invocation: Invocation = {
      process,
      records: batch.flatMap(({ records }) => records),
      unread: new Set(batch.map(({ records }) => sourcePartitionOf(records[0]!))),
      ended: false,
      isCounted: false,
    };
    this.#waitingFor = invocation;
    instance.invocation = invocation;
    const described = batch.map(
      ({ records }) => `${sourcePartitionOf(records[0]!)} ${records[0]!.position}–${records.at(-1)!.position}`,
    );
    scheduler.note(`${process.name} is invoked with ${described.join(', ')}`);
    ingest(() => invocation.records).then(
      ({ firstUnaccepted }) => {
        invocation.ended = true;
        if (this.#waitingFor !== invocation) return;
        this.#waitingFor = undefined;
        for (const { line, records } of batch) {
          const stop = firstUnaccepted.get(sourcePartitionOf(records[0]!));
          const accepted =
            stop === undefined
              ? records.length
              : records.findIndex(({ position }) => comparePositions(position, stop.position) >= 0);
          const place = wholeFrom(line, line.records.indexOf(records[0]!) + accepted);
          line.acknowledged = Math.max(line.acknowledged, place);
        }
      },
      (error: Error) => {
        invocation.ended = true;
        scheduler.note(`${process.name} fails: ${error.message}`);
      },
    );
  }

  /** An attempt whose end the ledger never heard of counts there as a death; so does one that arrives late. */
  #countingLostAttempts(ledger: Ledger, instance: Partial<Instance>): Ledger {
    const counting = <T>(request: Promise<T>): Promise<T> =>
      request.catch((error) => {
        if (this.#waitingFor !== undefined) this.#countDeath(this.#waitingFor);
        throw error;
      });
    return {
      ...ledger,
      beginAttempt: async (sourcePartition, position) => {
        instance.invocation?.unread.add(sourcePartition);
        const cursor = await counting(ledger.beginAttempt(sourcePartition, position));
        instance.invocation?.unread.delete(sourcePartition);
        return cursor;
      },
      readCursor: async (sourcePartition) => {
        const cursor = await ledger.readCursor(sourcePartition);
        instance.invocation?.unread.delete(sourcePartition);
        return cursor;
      },
      beginLoneAttempt: (sourcePartition, position) => counting(ledger.beginLoneAttempt(sourcePartition, position)),
      endAttempt: (sourcePartition) => counting(ledger.endAttempt(sourcePartition)),
    };
  }

  #kill(invocation: Invocation): void {
    if (!invocation.ended) this.#countDeath(invocation);
    this.#world.scheduler.kill(invocation.process);
  }

  #countDeath(invocation: Invocation): void {
    const { deaths } = this.#world;
    if (invocation.isCounted) return;
    invocation.isCounted = true;
    for (const record of invocation.records) deaths.set(record, (deaths.get(record) ?? 0) + 1);
  }

  /** Ends what is under way. */
  reset(): void {
    if (this.#waitingFor !== undefined) this.#kill(this.#waitingFor);
    for (const invocation of this.#abandoned) this.#kill(invocation);
    this.#abandoned.clear();
    this.#waitingFor = undefined;
    this.#warm = undefined;
  }

  /** The mapping is switched off: what has read its cursors goes on as a zombie, and nothing else begins. */
  forget(): void {
    if (this.#waitingFor !== undefined && this.#waitingFor.unread.size > 0) this.#kill(this.#waitingFor);
    for (const { unread, process } of this.#abandoned) if (unread.size > 0) this.#world.scheduler.kill(process);
    if (this.#waitingFor !== undefined) this.#abandoned.add(this.#waitingFor);
    this.#waitingFor = undefined;
    this.#warm = undefined;
  }

  #instance(): Instance {
    const world = this.#world;
    if (this.#warm?.process.alive && world.random.chance(0.7)) return this.#warm;
    const process = world.newProcess(`ingest ${this.#source}`);
    const ports = new FaultyPorts(world.scheduler, process);
    const instance: Partial<Instance> = { process };
    instance.ingest = batchIngest(
      ingestSettingsOf(world.settings, this.#source),
      withoutGuardOfIngest(world.guard, {
        ledger: this.#countingLostAttempts(ports.ledger(world.ledger), instance),
        storeOf: (table) => ports.objectStore(table, world.lake.store(table)),
        lakeTable: async (table) => {
          const state = await loadLogState(ports.objectStore(table, world.lake.store(table)), codec);
          return state && lakeTableOf(state);
        },
        engines: world.engines.of(process),
        clock: world.clock,
        ids: world.ids,
        measurements: { count: () => undefined },
      }),
    );
    this.#warm = instance as Instance;
    return this.#warm;
  }
}
