import { checkpointTable } from '#pipeline/log/checkpoint-table.ts';
import { cleanLog } from '#pipeline/log/clean-log.ts';
import { type OptimizePorts, optimizeBin, planOptimizeRun } from '#pipeline/optimize/optimize-table.ts';
import type { FileRewriter } from '#pipeline/optimize/rewrite-files.ts';
import { repairTable } from '#pipeline/repair/repair-table.ts';
import { vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';
import { codec } from './codec.ts';
import { FaultyPorts } from './faulty-ports.ts';
import { joinRows } from './lake.ts';
import {
  type CommitSidePorts,
  withoutGuardOfCleanLog,
  withoutGuardOfOptimize,
  withoutGuardOfRepair,
  withoutGuardOfVacuum,
} from './missing-guards.ts';
import type { SimulatedProcess } from './scheduler.ts';
import { tableLogs } from './table-logs.ts';
import type { World } from './world.ts';

const measurements = { count: () => undefined };
const nouns = ['optimize', 'vacuum', 'cleanLog', 'repair', 'checkpoint'] as const;
const mostAtOnce = 3;

/** Functions that look after tables, whenever they like: two of a kind at once, too. */
export class MaintenanceActor {
  readonly #world: World;
  readonly #running = new Set<SimulatedProcess>();

  constructor(world: World) {
    this.#world = world;
  }

  act(): void {
    const { random, tableNames } = this.#world;
    for (const process of this.#running) if (!process.alive) this.#running.delete(process);
    if (random.chance(0.1)) this.#expireFile();
    else if (this.#running.size < mostAtOnce) this.#start(this.#noun(), random.pick([...tableNames, 'events']));
  }

  /** Whatever misses its guard is done often. */
  #noun(): (typeof nouns)[number] {
    const { random, guard } = this.#world;
    const unguarded = nouns.find((noun) => guard?.startsWith(`${noun}-`));
    return unguarded !== undefined && random.chance(0.7) ? unguarded : random.pick(nouns);
  }

  /** A repair of each table, in peace. */
  async finish(): Promise<void> {
    const { lake, ledger, tableNames } = this.#world;
    const ports = { ledger, entries: lake.entries, storeOf: (table: string) => lake.store(table) };
    for (const tableName of tableNames) {
      const tableId = (await ledger.tableNamed(tableName))?.tableId;
      if (tableId !== undefined) await this.#run('repair', tableId, tableName, ports);
    }
  }

  #expireFile(): void {
    const { lake, random, scheduler, expired } = this.#world;
    const rows = lake.expireFile('events', (paths) => random.pick(paths));
    for (const row of rows) expired.add(row);
    if (rows.length > 0) scheduler.note(`S3 deletes a file of events with ${rows.length} rows by its age`);
  }

  #start(noun: (typeof nouns)[number], tableName: string): void {
    const { scheduler, lake, ledger } = this.#world;
    const tableId = [...ledger.items.tables.values()].find((table) => table.tableName === tableName)?.tableId;
    if (tableId === undefined) return;
    const process = this.#world.newProcess(noun);
    this.#running.add(process);
    const faulty = new FaultyPorts(scheduler, process);
    const ports = {
      ledger: faulty.ledger(ledger),
      entries: faulty.commitEntries(lake.entries),
      storeOf: (table: string) => faulty.objectStore(table, lake.store(table)),
    };
    this.#run(noun, tableId, tableName, ports)
      .then(
        (outcome) => scheduler.note(`${process.name} ${outcome}`),
        (error: Error) => scheduler.note(`${process.name} fails: ${error.message}`),
      )
      .finally(() => this.#running.delete(process));
  }

  async #run(
    noun: (typeof nouns)[number],
    tableId: string,
    tableName: string,
    ports: CommitSidePorts,
  ): Promise<string> {
    const { settings, clock, ids, guard } = this.#world;
    const common = { settings, codec, clock, ids, measurements, locate: () => undefined };
    const request = { tableId, tableName, dryRun: false };
    switch (noun) {
      case 'checkpoint':
        await checkpointTable(tableId, { ...common, ledger: ports.ledger, storeOf: ports.storeOf });
        return 'is done';
      case 'vacuum': {
        const own = withoutGuardOfVacuum(guard, ports);
        const { files } = await vacuumTable(request, {
          ...common,
          ledger: own.ledger,
          logOf: tableLogs(this.#world, own),
        });
        return `deleted ${files.map(({ path }) => path).join(', ') || 'nothing'}`;
      }
      case 'cleanLog': {
        const own = withoutGuardOfCleanLog(guard, ports);
        const { files } = await cleanLog(request, { ...common, logOf: tableLogs(this.#world, own) });
        return `deleted ${files.map(({ path }) => path).join(', ') || 'nothing'}`;
      }
      case 'repair': {
        const own = withoutGuardOfRepair(guard, ports);
        const found = await repairTable(request, { ...common, ledger: own.ledger, logOf: tableLogs(this.#world, own) });
        return `${found.outcome}: ${found.removedFiles} files removed`;
      }
      case 'optimize':
        return this.#optimize(tableName, ports);
    }
  }

  async #optimize(tableName: string, ports: CommitSidePorts): Promise<string> {
    const { settings, clock, ids, guard } = this.#world;
    const common = { settings, codec, clock, ids, measurements, rewriter };
    const own = (side: CommitSidePorts): OptimizePorts => ({ ...common, logOf: tableLogs(this.#world, side) });
    const plan = await planOptimizeRun({ tableName }, own(ports));
    let merged = 0;
    for (const bin of plan?.bins ?? []) {
      const outcome = await optimizeBin(bin, plan!.state, { tableName }, own(withoutGuardOfOptimize(guard, ports)));
      if (outcome.kind === 'merged') merged += outcome.files;
    }
    return `merged ${merged} files`;
  }
}

const rewriter: FileRewriter = {
  async rewrite({ inputs, newPath }, store) {
    const paths = inputs.map(({ path }) => path);
    return [await joinRows(paths, newPath(), store)];
  },
};
