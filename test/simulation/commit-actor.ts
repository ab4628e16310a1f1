import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { FileJoiner } from '#pipeline/coalesce/coalesce-files.ts';
import { commitTable } from '#pipeline/commit/commit-table.ts';
import { resumeTable } from '#pipeline/commit/resume-table.ts';
import { type DivertPorts, divertManifests } from '#pipeline/divert/divert-manifests.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { linesInLog, placeManifests } from '#pipeline/ledger/manifest-line.ts';
import { restoreLedger } from '#pipeline/ledger/restore-ledger.ts';
import { checkpointTable } from '#pipeline/log/checkpoint-table.ts';
import type { LogStates } from '#pipeline/log/table-log.ts';
import { codec } from './codec.ts';
import { FaultyPorts } from './faulty-ports.ts';
import { joinRows } from './lake.ts';
import { type CoalescePorts, withoutGuardOfCoalesce } from './missing-coalesce-guards.ts';
import { type CommitSidePorts, withoutGuardOfCommit } from './missing-guards.ts';
import type { SimulatedProcess } from './scheduler.ts';
import { tableLogs } from './table-logs.ts';
import type { World } from './world.ts';

const measurements = { count: () => undefined };

const join: FileJoiner = ({ files, path }, store) =>
  joinRows(
    files.map((file) => file.path),
    path,
    store,
  );

/** Executions of the commit machine, up to three at a time; each takes the lease, since a lease never keeps the world safe. */
export class CommitActor {
  readonly #world: World;
  readonly #running = new Set<SimulatedProcess>();
  /** What a warm process remembers of logs. */
  #warm: { process: SimulatedProcess; states: LogStates } | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Starts an execution for a table that has manifests. */
  act(): void {
    const { random, ledger } = this.#world;
    for (const process of this.#running) if (!process.alive) this.#running.delete(process);
    const tables = [...new Set([...ledger.items.manifests.values()].map(({ tableId }) => tableId))];
    if (tables.length === 0 || this.#running.size >= 3) return;
    this.#commit(random.pick(tables));
  }

  /** What the sweeper does once everything else is quiet. */
  async sweep(): Promise<void> {
    await this.#world.ledger.manifestsOf('any');
    for (const tableId of new Set(
      [...this.#world.ledger.items.manifests.values()].map((manifest) => manifest.tableId),
    )) {
      this.#commit(tableId);
    }
  }

  #commit(tableId: string): void {
    const { random, scheduler, ledger, clock, ids, settings } = this.#world;
    const isWarm = this.#warm?.process.alive && !this.#running.has(this.#warm.process) && random.chance(0.5);
    const { process, states } = isWarm ? this.#warm! : { process: this.#world.newProcess('commit'), states: new Map() };
    this.#warm = { process, states };
    this.#running.add(process);
    const { join, logOf, ...ports } = this.#ports(process);
    const owner = `${process.name} at ${clock()}`;
    ledger.items.leases.set(tableId, { owner, expiresAtS: clock() / 1000 + 150 });
    commitTable(
      { tableId, owner },
      {
        ledger: ports.ledger,
        settings,
        logOf,
        codec,
        states,
        described: new Map(),
        join,
        clock,
        ids,
        measurements,
      },
    )
      .then(async ({ checkpointDue, divertDue }) => {
        if (divertDue) this.#divert(tableId);
        if (!checkpointDue) return;
        const { ledger: own, storeOf } = ports;
        await checkpointTable(tableId, { ledger: own, storeOf, codec, clock, ids, measurements });
      })
      .catch((error: Error) => scheduler.note(`${process.name} fails: ${error.message}`))
      .finally(() => this.#running.delete(process));
  }

  /** An invocation of the divert function: nobody waits for it, and two may be at it. */
  #divert(tableId: string): void {
    const { scheduler, clock, ids, settings, encode, rowsIn } = this.#world;
    const process = this.#world.newProcess('divert');
    const { ledger, storeOf } = this.#ports(process);
    const readRows: DivertPorts['readRows'] = async (table, path, fields) => {
      const object = await storeOf(table).read(path);
      if (object === undefined) throw new Error(`expected the staged file ${path}, found none`);
      return rowsIn(object.bytes, fields);
    };
    divertManifests(tableId, { ledger, settings, storeOf, codec, readRows, encode, clock, ids, measurements }).then(
      ({ manifests, deadLetters }) =>
        scheduler.note(`${process.name} made ${deadLetters} dead letters of ${manifests} manifests`),
      (error: Error) => scheduler.note(`${process.name} fails: ${error.message}`),
    );
  }

  #ports(process: SimulatedProcess): CommitSidePorts & CoalescePorts {
    const { scheduler, lake, ledger, guard } = this.#world;
    const faulty = new FaultyPorts(scheduler, process);
    const ports = {
      ledger: faulty.ledger(ledger),
      storeOf: (table: string): ObjectStore => faulty.objectStore(table, lake.store(table)),
      entries: faulty.commitEntries(lake.entries),
    };
    const own = withoutGuardOfCommit(guard, ports, this.#world);
    return { ...own, ...withoutGuardOfCoalesce(guard, { join, logOf: tableLogs(this.#world, own) }) };
  }

  /** Manifests that are in a table's log and not settled yet. */
  async covered(tableName: string): Promise<Manifest[]> {
    const { ledger, settings, lake } = this.#world;
    const record = await ledger.tableNamed(tableName);
    if (record === undefined) return [];
    const state = await loadLogState(lake.store(tableName), codec);
    const lines = linesInLog(settings.environment, state, record.incarnation);
    return placeManifests(await ledger.manifestsOf(record.tableId), lines, { maxFiles: 0 }).covered;
  }

  /** `alluvium resume`, for every table. */
  async resumeStranded(): Promise<void> {
    const { ledger, settings, clock, ids, tableNames, lake } = this.#world;
    const ports = { ledger, storeOf: (table: string) => lake.store(table), entries: lake.entries };
    for (const tableName of tableNames) {
      if ((await ledger.tableNamed(tableName)) === undefined) continue;
      await resumeTable(tableName, {
        ledger,
        settings,
        logOf: tableLogs(this.#world, ports),
        codec,
        clock,
        ids,
      });
    }
  }

  /** `alluvium restore-ledger`. */
  async restoreLedger(restoredToMs: number): Promise<void> {
    const { ledger, settings, ids, lake } = this.#world;
    const ports = { ledger, storeOf: (table: string) => lake.store(table), entries: lake.entries };
    const tablesInLake = async () => lake.tableNames;
    const logOf = tableLogs(this.#world, ports);
    await restoreLedger(restoredToMs, { ledger, settings, logOf, tablesInLake, codec, ids });
  }
}
