import { sourcePartitionOf } from '#pipeline/ingest/source-record.ts';
import { isUpTo, positionAfter, sequenceOf } from '#pipeline/ledger/position.ts';
import { isRedrive } from '#pipeline/ledger/redriven.ts';
import { type SwitchPorts, switchLogStore } from '#pipeline/log/switch-log-store.ts';
import { planSeek, type SeekPorts, type SeekRequest, seekSource } from '#pipeline/positions/seek-source.ts';
import { type LedgerItems, memoryLedger } from '../support/memory-ledger.ts';
import { codec } from './codec.ts';
import type { CommitActor } from './commit-actor.ts';
import { FaultyPorts } from './faulty-ports.ts';
import type { IngestActor } from './ingest-actor.ts';
import type { SimulatedProcess } from './scheduler.ts';
import { wholeFrom } from './sources.ts';
import { itemLogStore } from './table-logs.ts';
import type { World } from './world.ts';

type Switch =
  | { kind: 'before' }
  | { kind: 'done' }
  | { kind: 'deploying'; looksLeft: number }
  | { kind: 'during'; process: SimulatedProcess; failed: boolean };

/** The operator's ports. Only tables by `events` have other writers; dead letters are switched at once. */
function switchPorts(world: World, process: SimulatedProcess): SwitchPorts {
  const faulty = new FaultyPorts(world.scheduler, process);
  const { lake, clock, ids } = world;
  const ports = {
    ledger: faulty.ledger(world.ledger),
    entries: faulty.commitEntries(lake.entries),
    storeOf: (table: string) => faulty.objectStore(table, lake.store(table)),
  };
  const itemLogOf = (table: string) => ({
    objects: ports.storeOf(table),
    logStore: itemLogStore(world, ports, table),
  });
  return { ledger: ports.ledger, itemLogOf, codec, clock, ids };
}

/** What operators do to the world, once a run: a ledger put back, a table deleted, a cursor moved back. */
export class Upheaval {
  readonly #world: World;
  readonly #lanes: readonly IngestActor[];
  readonly #committers: CommitActor;
  readonly #atStep: number;
  readonly #backupAtStep: number;
  #backup: LedgerItems | undefined;
  #backupMs = 0;
  #switch: Switch = { kind: 'before' };

  constructor(world: World, lanes: readonly IngestActor[], committers: CommitActor) {
    this.#world = world;
    this.#lanes = lanes;
    this.#committers = committers;
    this.#backupAtStep = world.random.between(20, 200);
    this.#atStep = world.random.between(220, 450);
  }

  async act(step: number): Promise<void> {
    const { scenario } = this.#world;
    if (step === this.#backupAtStep) {
      this.#backup = this.#world.backupLedger();
      this.#backupMs = this.#world.clock();
    }
    if (step >= this.#atStep && step % 5 === 0) this.switchLogStore();
    if (step !== this.#atStep) return;
    if (scenario.ledgerRestored) await this.#restoreLedger();
    if (scenario.tableRecreated) await this.#dropTable();
    if (scenario.seek) await this.#seekBack();
  }

  /** An operator switches the log store, as often as it takes; new settings are deployed before or after. */
  switchLogStore(): void {
    const world = this.#world;
    const { scheduler, random, scenario } = world;
    const current = this.#switch;
    if (!scenario.logStoreSwitched || current.kind === 'done') return;
    const to = scenario.logStore === 'dynamodb' ? 'conditional' : 'dynamodb';
    if (current.kind === 'deploying') {
      if (current.looksLeft-- > 0) return;
      world.deployLogStore(to);
      this.#switch = { kind: 'done' };
      return;
    }
    if (current.kind === 'before') {
      for (const process of world.outsideWriters) scheduler.stop(process);
      scheduler.note('outside writers are stopped');
      if (random.chance(0.5)) world.deployLogStore(to);
    } else if (current.process.alive && !current.failed) return;
    const process = world.newProcess('operator');
    const attempt = { kind: 'during' as const, process, failed: false };
    this.#switch = attempt;
    switchLogStore('events', to, switchPorts(world, process)).then(
      () => {
        this.#switch = { kind: 'deploying', looksLeft: random.between(1, 10) };
        world.outside = to === 'conditional' ? 'conditional' : 'spark';
        scheduler.note(`the log store of events is switched to ${to}`);
      },
      (error: Error) => {
        attempt.failed = true;
        scheduler.note(`${process.name} fails: ${error.message}`);
      },
    );
  }

  get isOver(): boolean {
    return !this.#world.scenario.logStoreSwitched || this.#switch.kind === 'done';
  }

  /** Outside writers wait for the operator's word. */
  get mayAppend(): boolean {
    return this.#switch.kind !== 'during';
  }

  /** Whenever an alarm says so: what a deleted table has stranded is resumed, line by line as it shows up. */
  async finish(): Promise<void> {
    if (this.#world.scenario.tableRecreated) await this.#committers.resumeStranded();
  }

  /** The runbook: mappings and commits are stopped, the ledger is restored, brought up to the log, and reading goes on from its cursors. */
  async #restoreLedger(): Promise<void> {
    const { scheduler, lines, guard } = this.#world;
    for (const lane of this.#lanes) lane.reset();
    await scheduler.stopEveryone();
    scheduler.note('the ledger is restored');
    this.#world.ledger = memoryLedger(guard === 'ledger-id' ? 'ledger-1' : 'ledger-2', this.#backup);
    await this.#committers.restoreLedger(this.#backupMs);
    if (guard === 'redrive-restored') this.#forgetRedriven();
    for (const line of lines) {
      const cursor = await this.#world.ledger.readCursor(`${line.source}/${line.partition}`);
      const accepted = line.records.filter(
        ({ position }) => cursor?.position !== undefined && isUpTo(position, cursor.position),
      );
      line.acknowledged = wholeFrom(line, accepted.length);
    }
  }

  /** Cursors of redrives are as the backup has them. */
  #forgetRedriven(): void {
    const { cursors } = this.#world.ledger.items;
    for (const name of [...cursors.keys()].filter(isRedrive)) {
      const before = this.#backup?.cursors.get(name);
      if (before === undefined) cursors.delete(name);
      else cursors.set(name, before);
    }
  }

  /** Somebody stops everything, deletes the table, and starts again; its committed rows are meant to go, what is staged is not. */
  async #dropTable(): Promise<void> {
    const { scheduler, lake, ledger, expected, told } = this.#world;
    await scheduler.stopEveryone();
    for (const lane of this.#lanes) lane.reset();
    await ledger.deleteManifests(await this.#committers.covered('events'));
    const rows = lake.rows('events');
    for (const [record, times] of expected) {
      const gone = rows.filter((row) => row === this.#world.nameOf(record)).length;
      if (gone > 0) expected.set(record, times - gone);
    }
    told.length = 0;
    lake.dropTable('events');
    scheduler.note(`table events is deleted, ${rows.length} rows with it`);
  }

  /** A cursor is moved back: what lies after it is accepted once more. */
  async #seekBack(): Promise<void> {
    const { random, scheduler, ledger, lines, expected } = this.#world;
    const line = random.pick(lines);
    const sourcePartition = `${line.source}/${line.partition}`;
    const cursor = await ledger.readCursor(sourcePartition);
    if (cursor?.position === undefined) return;
    const accepted = line.records.filter(({ position }) => isUpTo(position, cursor.position!));
    const keep = wholeFrom(line, random.between(0, accepted.length - 1));
    const before = accepted[keep - 1]?.position;
    const to = before === undefined ? '0' : positionAfter(sequenceOf(before));
    const request: SeekRequest = {
      source: line.source,
      partition: line.partition,
      to: { kind: 'position', position: to },
      repeat: 'all',
      recreated: false,
    };
    const span = { partition: line.partition, earliest: '0', end: positionAfter(sequenceOf(cursor.position)) };
    const ports: SeekPorts = {
      ledger,
      settings: this.#world.settings,
      positions: {
        spans: async () => [span],
        at: async () => undefined,
        count: async () => ({ records: accepted.length - keep, isLeast: false }),
        place: async () => 'placed',
      },
      mappings: { of: async () => [], turn: async () => undefined },
    };
    await seekSource(request, await planSeek(request, ports), ports);
    for (const record of accepted.slice(keep)) {
      if (record.fate !== 'dropped') expected.set(record, (expected.get(record) ?? 0) + 1);
    }
    line.acknowledged = keep;
    for (const lane of this.#lanes) lane.forget();
    scheduler.note(`${sourcePartitionOf(line)} is moved back from ${cursor.position} to ${to}`);
  }
}
